package dev.renderfleet.peers.smallrye;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.peers.common.Events;
import dev.renderfleet.peers.common.GeminiCaller.Drawn;
import dev.renderfleet.peers.common.NoPictureException;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Outgoing;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** From job to event in one method; the framework acknowledges the record when Kafka has the event. */
@ApplicationScoped
public class RenderJobs {

    private static final Logger LOG = Logger.getLogger(RenderJobs.class);

    private final JobCodec codec = new JobCodec();
    private final Clock clock = Clock.systemUTC();
    private final Steps steps;

    RenderJobs(Steps steps) {
        this.steps = steps;
    }

    /**
     * Renders one job. Not ordered, or one call of many seconds would run at a time; how many do is left to the framework's pool of
     * threads.
     */
    @Incoming("jobs")
    @Outgoing("events")
    @Blocking(ordered = false)
    public @Nullable ProducerRecord<byte[], byte[]> render(ConsumerRecord<byte[], byte[]> record) {
        return switch (codec.decode(record.value(), headers(record))) {
            case DecodedJob.Accepted accepted -> eventRecord(record, outcome(accepted));
            case DecodedJob.Refused refused -> {
                LOG.warnf("record refused: %s", refused.message());
                yield refused.job() == null
                        ? null
                        : eventRecord(
                                record,
                                new RenderRejected(
                                        refused.job(), false, refused.code(), refused.field(), refused.message()));
            }
        };
    }

    /** What is still wrong after the retries is the job's outcome: the framework's answer to an exception would be to stop. */
    private RenderEvent outcome(DecodedJob.Accepted accepted) {
        Instant begun = clock.instant();
        try {
            Drawn drawn = steps.draw(accepted.job());
            Image image = steps.store(accepted, drawn);
            return Events.completed(accepted, drawn, image, begun, clock.instant());
        } catch (NoPictureException e) {
            return Events.failed(accepted, FailureCode.NO_IMAGE, String.valueOf(e.getMessage()));
        } catch (Exception e) {
            LOG.warnf(e, "job %s failed", accepted.id().value());
            return Events.failed(accepted, FailureCode.PROVIDER_FAULT, e.toString());
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
