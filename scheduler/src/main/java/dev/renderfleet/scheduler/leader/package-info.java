/** One leader among all schedulers, and the loops that it runs. May touch the store's lease. */
@NullMarked
package dev.renderfleet.scheduler.leader;

import org.jspecify.annotations.NullMarked;
