/**
 * Judges the outcomes of a run by Kafka, the bucket and the simulator's bill. Reads only.
 */
@NullMarked
package dev.renderfleet.testbed.audit;

import org.jspecify.annotations.NullMarked;
