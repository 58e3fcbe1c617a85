/** Kafka: topics read at offsets that PostgreSQL keeps, jobs published, signals of workers. No other package knows Kafka's clients. */
@NullMarked
package dev.renderfleet.scheduler.topics;

import org.jspecify.annotations.NullMarked;
