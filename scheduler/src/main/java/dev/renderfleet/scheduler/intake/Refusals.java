package dev.renderfleet.scheduler.intake;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.OnDependencyFailure;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.OutboxRow.DeadLetter;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.store.StartFailure;
import dev.renderfleet.scheduler.store.StartFailure.Circular;
import dev.renderfleet.scheduler.store.StartFailure.Late;
import dev.renderfleet.scheduler.store.StartFailure.NotCompleted;
import dev.renderfleet.scheduler.store.StartFailure.NotHandedOver;
import dev.renderfleet.scheduler.store.StartFailure.TooMany;
import dev.renderfleet.scheduler.store.WaitStore.Unstarted;
import dev.renderfleet.scheduler.topics.OwnEvents;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The rejected events and dead letters of jobs that are refused, at the door or later. Safe for use by many threads. */
public final class Refusals {

    private static final int HEADER_CHARS_MAX = 64 << 10;

    private static final JobCodec JOBS = new JobCodec();

    private final EventCodec codec = new EventCodec();
    private final InstantSource clock;

    public Refusals(InstantSource clock) {
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
        return row(record, rejected(job, FailureCode.IDEMPOTENCY_CONFLICT, "idempotencyKey", JobIntake.CONFLICT), null);
    }

    /** Of a stored job that waited and can no longer start. */
    public Unstarted unstarted(byte[] body, @Nullable String traceparent, StartFailure failure) {
        DecodedJob.Accepted job = stored(body);
        RenderRejected rejected = rejected(job, failure);
        boolean skipped = rejected.code() == FailureCode.DEPENDENCY_FAILED
                && job.job().onDependencyFailure() == OnDependencyFailure.SKIP;
        RenderEvent event =
                skipped ? new RenderCanceled(ref(job), false, "skipped: " + rejected.message(), Cost.NONE) : rejected;
        // No record led to it. A job that is handed over again and refused again has another event.
        return new Unstarted(
                JobState.ofOutcome(event.outcome()),
                row("scheduler/wait/" + UUID.randomUUID(), traceparent, event, null));
    }

    private static RenderRejected rejected(DecodedJob.Accepted job, StartFailure failure) {
        return switch (failure) {
            case Late _ ->
                rejected(
                        job, FailureCode.DEADLINE_PASSED, "deadline", "the deadline passed before the job was started");
            case NotCompleted(String id, JobState state) ->
                rejected(
                        job,
                        FailureCode.DEPENDENCY_FAILED,
                        id.equals(job.job().parent()) ? "parent" : "dependsOn",
                        "job " + id + ", which this one needs, "
                                + (state == JobState.FAILED ? "failed" : "was " + state.wireName()));
            case NotHandedOver(String id) ->
                rejected(
                        job,
                        FailureCode.DEPENDENCY_FAILED,
                        "dependsOn",
                        "job " + id + ", which this one needs, was waited for and not handed over");
            case Circular _ ->
                rejected(
                        job,
                        FailureCode.INVALID_FIELD,
                        "dependsOn",
                        "the job waits for itself, through the jobs that it needs; remove one of their dependencies");
            case TooMany(int max) ->
                rejected(
                        job,
                        FailureCode.INVALID_FIELD,
                        "dependsOn",
                        "the job needs more than " + max
                                + " jobs, directly and through others; hand it over when some have completed");
        };
    }

    private static RenderRejected rejected(DecodedJob.Accepted job, FailureCode code, String field, String message) {
        return new RenderRejected(ref(job), false, code, field, message);
    }

    /** A job as it was stored. */
    static DecodedJob.Accepted stored(byte[] body) {
        if (JOBS.decode(body) instanceof DecodedJob.Accepted job) {
            return job;
        }
        throw new IllegalStateException("a stored job cannot be read");
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
        return event == null
                ? new OutboxRow(record.place(), null, letter)
                : row(record.place(), CloudEvents.traceparent(record.headers()), event, letter);
    }

    private OutboxRow row(String cause, @Nullable String traceparent, RenderEvent event, @Nullable DeadLetter letter) {
        Map<String, String> headers = CloudEvents.ofEvent(event, cause, OwnEvents.SOURCE, clock.instant(), traceparent);
        return new OutboxRow(
                headers.getOrDefault(CloudEvents.ID, cause),
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
