/**
 * {@code ./fleet bench}: what a worker adds to the model's time, to the processor's work and to memory, measured from outside on
 * real processes. Prints figures and judges none; may touch the packages system and jobs.
 */
@NullMarked
package dev.renderfleet.testbed.bench;

import org.jspecify.annotations.NullMarked;
