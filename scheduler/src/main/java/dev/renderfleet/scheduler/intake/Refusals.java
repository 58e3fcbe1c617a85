package dev.renderfleet.scheduler.intake;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.OutboxRow.DeadLetter;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.topics.OwnEvents;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rejected events and dead letters of requests that are refused. Safe for use by many threads. */
final class Refusals {

    private static final int HEADER_CHARS_MAX = 64 << 10;

    private final EventCodec codec = new EventCodec();
    private final InstantSource clock;

    Refusals(InstantSource clock) {
        this.clock = clock;
    }

    /** Of a record that is no job: a dead letter, and an event where its job is known. */
    OutboxRow unreadable(TopicRecord record, DecodedJob.Refused refused) {
        JobRef job = refused.job();
        RenderRejected event =
                job == null ? null : new RenderRejected(job, false, refused.code(), refused.field(), refused.message());
        return row(record, event, letter(record, refused));
    }

    /** Of a job whose key is another job's. */
    OutboxRow conflict(TopicRecord record, DecodedJob.Accepted job) {
        return row(
                record,
                new RenderRejected(
                        ref(job), false, FailureCode.IDEMPOTENCY_CONFLICT, "idempotencyKey", JobIntake.CONFLICT),
                null);
    }

    /** Names the job in an event. */
    static JobRef ref(DecodedJob.Accepted job) {
        return new JobRef(
                job.id().value(),
                job.job().tenant(),
                job.job().idempotencyKey(),
                job.fingerprint(),
                job.job().batchId(),
                job.job().labels());
    }

    private OutboxRow row(TopicRecord record, @Nullable RenderRejected event, @Nullable DeadLetter letter) {
        if (event == null) {
            return new OutboxRow(record.place(), null, letter);
        }
        Map<String, String> headers = CloudEvents.ofEvent(
                event, record.place(), OwnEvents.SOURCE, clock.instant(), CloudEvents.traceparent(record.headers()));
        return new OutboxRow(
                headers.getOrDefault(CloudEvents.ID, record.place()),
                new OwnEvent(event.job().jobId(), headers, codec.encode(event)),
                letter);
    }

    private static DeadLetter letter(TopicRecord record, DecodedJob.Refused refused) {
        byte[] value = record.value();
        int bytes = value == null ? 0 : value.length;
        Map<String, String> headers = new LinkedHashMap<>();
        int chars = record.headers().entrySet().stream()
                .mapToInt(header -> header.getKey().length() + header.getValue().length())
                .sum();
        if (chars > HEADER_CHARS_MAX) {
            headers.put(
                    DeadLetters.HEADERS_DROPPED,
                    Integer.toString(record.headers().size()));
        } else {
            headers.putAll(record.headers());
        }
        headers.putAll(DeadLetters.headers(refused, record.topic(), record.partition(), record.offset(), bytes));
        byte[] shortened = value == null || bytes <= DeadLetters.VALUE_BYTES_MAX
                ? value
                : Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX);
        return new DeadLetter(chars > HEADER_CHARS_MAX ? null : record.key(), headers, shortened);
    }
}
