/** Outcomes out: events, dead letters and acknowledgement, in one place. The only package that knows outgoing Kafka records. */
@NullMarked
package dev.renderfleet.worker.settle;

import org.jspecify.annotations.NullMarked;
