/** Compares the ledger and the pictures in the bucket with the events in Kafka. Changes nothing without {@code --repair}. */
@NullMarked
package dev.renderfleet.cli.audit;

import org.jspecify.annotations.NullMarked;
