/** The core: one job's straight line from claim to outcome. Plain Java that knows ports only. */
@NullMarked
package dev.renderfleet.worker.job;

import org.jspecify.annotations.NullMarked;
