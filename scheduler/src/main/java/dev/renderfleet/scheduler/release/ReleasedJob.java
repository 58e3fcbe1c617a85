package dev.renderfleet.scheduler.release;

import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.routing.WorkerJob;
import dev.renderfleet.scheduler.store.ReleaseStore.Body;
import dev.renderfleet.scheduler.topics.JobPublisher.Outgoing;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/** What workers get of a stored job. */
final class ReleasedJob {

    private static final String SOURCE = "/renderfleet/scheduler";
    private static final JobCodec CODEC = new JobCodec();

    private ReleasedJob() {}

    /** The stored job. */
    static DecodedJob.Accepted read(Body body) {
        return switch (CODEC.decode(body.job())) {
            case DecodedJob.Accepted accepted -> accepted;
            case DecodedJob.Refused refused ->
                throw new IllegalStateException("stored job " + body.jobNo() + " cannot be read: " + refused.message());
        };
    }

    /** The record of a stored flight. */
    static Outgoing record(Body body, Instant now) {
        long reserved = Objects.requireNonNull(body.reserved(), "no flight");
        return record(body, read(body), body.partition(), reserved, now);
    }

    /**
     * The record of a flight. Its budget is what is reserved, so that a worker enforces it at the call. Each one asks for the stored
     * outcome, if there is one: a record that is published once more after a crash begins no other run (ADR 39).
     */
    static Outgoing record(Body body, DecodedJob.Accepted stored, int partition, long reserved, Instant now) {
        RenderJob job = WorkerJob.of(stored.job(), new Budget(reserved));
        Map<String, String> headers = CloudEvents.ofJob(stored, SOURCE, now, body.traceparent());
        headers.put(CloudEvents.REPLAY, "true");
        return new Outgoing(body.jobNo(), stored.id().value(), partition, headers, CODEC.encode(job));
    }
}
