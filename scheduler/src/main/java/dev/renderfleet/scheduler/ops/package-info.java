/** Start, health and configuration of the scheduler. May depend on every package; none may depend on it. */
@NullMarked
package dev.renderfleet.scheduler.ops;

import org.jspecify.annotations.NullMarked;
