/**
 * Explains why a job waits and estimates until when: pure functions of a snapshot. Knows the package {@code queue} and the JDK.
 */
@NullMarked
package dev.renderfleet.scheduler.why;

import org.jspecify.annotations.NullMarked;
