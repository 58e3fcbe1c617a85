/**
 * What a worker does with one job, as plainly as a competent user writes it in an afternoon: call, put, publish. The peers share it, so
 * that they differ in how they consume and commit only; it knows neither Kafka's clients nor any framework.
 */
@NullMarked
package dev.renderfleet.peers.common;

import org.jspecify.annotations.NullMarked;
