/**
 * {@code ./fleet chaos}: runs a fleet, breaks what it stands on, and has an auditor judge what came of the jobs. May touch the
 * packages audit, jobs and system; everything random follows from one seed.
 */
@NullMarked
package dev.renderfleet.testbed.chaos;

import org.jspecify.annotations.NullMarked;
