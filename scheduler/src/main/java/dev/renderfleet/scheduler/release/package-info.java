/** The leader's dispatch loop: settles outcomes and releases jobs. May touch the queue, prices, store and topics. */
@NullMarked
package dev.renderfleet.scheduler.release;

import org.jspecify.annotations.NullMarked;
