/** Start, health and configuration of the scheduler. May touch every package; none may touch it. */
@NullMarked
package dev.renderfleet.scheduler.ops;

import org.jspecify.annotations.NullMarked;
