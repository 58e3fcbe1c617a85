/** Publishes this worker's holds on {@code render.signals} and applies those of other workers, and cancels. SmallRye's Kafka connector does the rest. */
@NullMarked
package dev.renderfleet.worker.signals;

import org.jspecify.annotations.NullMarked;
