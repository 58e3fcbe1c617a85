/**
 * OutcomeEvents out: events, dead letters and offsets in one transaction. The only package that produces Kafka records of jobs and the
 * only one that commits offsets.
 */
@NullMarked
package dev.renderfleet.worker.settle;

import org.jspecify.annotations.NullMarked;
