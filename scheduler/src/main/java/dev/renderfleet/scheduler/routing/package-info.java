/** Which model's line a job joins, and what it may cost. May touch contracts and the rules of money. */
@NullMarked
package dev.renderfleet.scheduler.routing;

import org.jspecify.annotations.NullMarked;
