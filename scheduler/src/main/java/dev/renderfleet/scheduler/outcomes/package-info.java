/** Reads events as bills. May touch contracts, and the records of topics and store. */
@NullMarked
package dev.renderfleet.scheduler.outcomes;

import org.jspecify.annotations.NullMarked;
