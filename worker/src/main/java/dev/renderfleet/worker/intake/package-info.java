/** Records in: the window, decoding, and one virtual thread per job. The only package that knows incoming Kafka records. */
@NullMarked
package dev.renderfleet.worker.intake;

import org.jspecify.annotations.NullMarked;
