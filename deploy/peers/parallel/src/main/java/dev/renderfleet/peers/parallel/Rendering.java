package dev.renderfleet.peers.parallel;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.peers.common.Events;
import dev.renderfleet.peers.common.GeminiCaller;
import dev.renderfleet.peers.common.GeminiCaller.Drawn;
import dev.renderfleet.peers.common.NoPictureException;
import dev.renderfleet.peers.common.PictureStore;
import io.confluent.parallelconsumer.PollContext;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From job to event; what it throws is tried again by the library. Called by many threads. */
final class Rendering {

    private static final Logger LOG = LoggerFactory.getLogger(Rendering.class);

    /** As many as of the other peer, so that a store's hiccup does not draw again. */
    private static final int PUTS_MAX = 4;

    private final JobCodec codec = new JobCodec();
    private final GeminiCaller studio;
    private final PictureStore store;
    private final Clock clock;

    Rendering(GeminiCaller studio, PictureStore store, Clock clock) {
        this.studio = studio;
        this.store = store;
        this.clock = clock;
    }

    List<ProducerRecord<byte[], byte[]>> render(PollContext<byte[], byte[]> context) {
        ConsumerRecord<byte[], byte[]> record = context.getSingleConsumerRecord();
        return switch (codec.decode(record.value(), headers(record))) {
            case DecodedJob.Accepted accepted -> List.of(eventRecord(record, outcome(accepted)));
            case DecodedJob.Refused refused -> {
                LOG.warn("record refused: {}", refused.message());
                yield refused.job() == null
                        ? List.of()
                        : List.of(eventRecord(
                                record,
                                new RenderRejected(
                                        refused.job(), false, refused.code(), refused.field(), refused.message())));
            }
        };
    }

    private RenderEvent outcome(DecodedJob.Accepted accepted) {
        Instant begun = clock.instant();
        try {
            Drawn drawn = studio.draw(accepted.job());
            return Events.completed(accepted, drawn, put(accepted, drawn), begun, clock.instant());
        } catch (NoPictureException e) {
            return Events.failed(accepted, FailureCode.NO_IMAGE, String.valueOf(e.getMessage()));
        }
    }

    private Image put(DecodedJob.Accepted accepted, Drawn drawn) {
        for (int tries = 1; ; tries++) {
            try {
                return store.put(accepted.job().tenant(), accepted.id().value(), drawn);
            } catch (IOException | MinioException e) {
                if (tries == PUTS_MAX) {
                    throw new IllegalStateException("the picture cannot be stored", e);
                }
            }
        }
    }

    private ProducerRecord<byte[], byte[]> eventRecord(ConsumerRecord<byte[], byte[]> job, RenderEvent event) {
        String cause = job.topic() + "/" + job.partition() + "/" + job.offset();
        var record = new ProducerRecord<>(Topics.EVENTS, Events.key(event), Events.value(event));
        Events.headers(event, cause, clock.instant())
                .forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }
}
