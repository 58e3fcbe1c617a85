/**
 * {@code ./fleet chaos}: runs a fleet, injects faults, and lets the auditor judge the outcomes. May use the packages audit, jobs and
 * system; all randomness comes from one seed.
 */
@NullMarked
package dev.renderfleet.testbed.chaos;

import org.jspecify.annotations.NullMarked;
