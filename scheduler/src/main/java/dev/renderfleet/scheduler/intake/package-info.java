/** Jobs come in: by Kafka and for REST. May touch contracts, prices, store and topics. */
@NullMarked
package dev.renderfleet.scheduler.intake;

import org.jspecify.annotations.NullMarked;
