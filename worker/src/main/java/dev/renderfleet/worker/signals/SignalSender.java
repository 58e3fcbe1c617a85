package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.Signal;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;

/** Publishes holds for other workers. A signal that cannot be sent is dropped: each worker finds the hold by a refusal of its own. */
@Singleton
public class SignalSender {

    private static final Logger LOG = Logger.getLogger(SignalSender.class);
    private static final String SOURCE = "renderfleet/worker";

    private final MutinyEmitter<byte[]> channel;
    private final SignalCodec codec = new SignalCodec();

    SignalSender(@Channel("signals-out") @OnOverflow(OnOverflow.Strategy.DROP) MutinyEmitter<byte[]> channel) {
        this.channel = channel;
    }

    /** Publishes a signal; returns at once. */
    public void send(Signal signal, Instant now) {
        // The public way to empty headers.
        Headers headers = new ProducerRecord<>(Topics.SIGNALS, codec).headers();
        CloudEvents.ofSignal(signal, SOURCE, now)
                .forEach((name, text) -> headers.add(name, text.getBytes(StandardCharsets.UTF_8)));
        var metadata = OutgoingKafkaRecordMetadata.<byte[]>builder()
                .withKey(signal.key().getBytes(StandardCharsets.UTF_8))
                .withHeaders(headers)
                .build();
        channel.sendMessage(Message.of(codec.encode(signal)).addMetadata(metadata))
                .subscribe()
                .with(_ -> {}, failure -> LOG.warnf("hold not published, cause=%s", failure.toString()));
    }
}
