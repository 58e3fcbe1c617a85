/**
 * Judges what came of jobs by what anyone can see: Kafka, the bucket and, of a run against the simulator, its bill. Reads only, but
 * for the repair that a person asked for; may touch the packages jobs and system.
 */
@NullMarked
package dev.renderfleet.testbed.audit;

import org.jspecify.annotations.NullMarked;
