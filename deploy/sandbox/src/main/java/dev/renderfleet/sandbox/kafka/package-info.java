/**
 * A real Kafka broker in this JVM: one KRaft node with the topics of Renderfleet. May touch Kafka's server and admin classes and the data folder.
 */
@NullMarked
package dev.renderfleet.sandbox.kafka;

import org.jspecify.annotations.NullMarked;
