/**
 * Decides which job is released next and how many are released: pure computation with the time as an argument. Uses the JDK only;
 * all of it is called by the leader's dispatch thread.
 */
@NullMarked
package dev.renderfleet.scheduler.queue;

import org.jspecify.annotations.NullMarked;
