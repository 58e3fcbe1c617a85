package dev.renderfleet.worker.intake;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.job.AcceptedJob;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.job.JobRunner;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.settle.Delivery;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/** Processes each message of the channel {@code jobs} on a virtual thread of its own. Safe for use by many threads. */
@ApplicationScoped
public class JobProcessor {

    private static final Logger LOG = Logger.getLogger(JobProcessor.class);

    private final JobRunner runner;
    private final ModelCatalogue catalogue;
    private final InstantSource clock;
    private final Failpoints failpoints;

    public JobProcessor(JobRunner runner, ModelCatalogue catalogue, InstantSource clock, Failpoints failpoints) {
        this.runner = runner;
        this.catalogue = catalogue;
        this.clock = clock;
        this.failpoints = failpoints;
    }

    /** Returns at once: the channel's window bounds how many jobs are processed at a time. */
    @Incoming(JobConnector.CHANNEL)
    public CompletionStage<Void> process(Message<IncomingJob> message) {
        Thread.ofVirtual().name("job").start(() -> {
            try {
                failpoints.at(Failpoint.TAKEN);
                message.ack(Metadata.of(result(message.getPayload())));
            } catch (Throwable fault) {
                message.nack(fault);
            } finally {
                MDC.clear();
            }
        });
        return CompletableFuture.completedFuture(null);
    }

    /** What settles the record: the job's result, or why the record is no job. */
    private Object result(IncomingJob incoming) {
        Delivery delivery = incoming.delivery();
        return switch (incoming.decoded()) {
            case DecodedJob.Accepted accepted -> run(delivery, accepted);
            case DecodedJob.Refused refused
            when refused.code() == FailureCode.INTERNAL && refused.job() != null -> faulted(delivery, refused);
            case DecodedJob.Refused refused -> refused;
        };
    }

    private JobResult run(Delivery delivery, DecodedJob.Accepted accepted) {
        MDC.put("jobId", accepted.id().value());
        MDC.put("tenant", accepted.job().tenant());
        var job = new AcceptedJob(
                accepted.job(),
                accepted.id(),
                accepted.fingerprint(),
                submission(delivery),
                delivery.assignment()::isRevoked);
        try {
            return runner.run(job);
        } catch (RuntimeException bug) {
            // A bug must not block the partition.
            String reference = UUID.randomUUID().toString();
            LOG.errorf(bug, "a fault of the worker, reference=%s", reference);
            String message = "a fault of the worker; its log has the reference " + reference;
            return new JobResult.Outcome(
                    endAfterFault(job.id(), job.submission(), history -> failed(job.ref(), message, history)),
                    job.record());
        }
    }

    private JobChannel.Faulted faulted(Delivery delivery, DecodedJob.Refused refused) {
        JobRef job = Objects.requireNonNull(refused.job());
        RenderEvent event = endAfterFault(
                JobId.of(job.tenant(), job.idempotencyKey()),
                submission(delivery),
                history -> failed(job, refused.message(), history));
        return new JobChannel.Faulted(refused, event);
    }

    private Submission submission(Delivery delivery) {
        return new Submission(
                delivery.coordinates(),
                delivery.timestamp(),
                clock.instant(),
                CloudEvents.asksForReplay(delivery.headers()));
    }

    private RenderEvent endAfterFault(JobId job, Submission by, Function<History, RenderFailed> event) {
        try {
            return runner.endAfterFault(job, by, event);
        } catch (RuntimeException bug) {
            LOG.errorf(bug, "attempts not read, the event of the job has none, job=%s", job);
            return event.apply(History.NONE);
        }
    }

    private RenderFailed failed(JobRef job, String message, History history) {
        return new RenderFailed(
                job,
                false,
                FailureCode.INTERNAL,
                true,
                message,
                null,
                history.attempts(),
                history.usage(),
                new Cost(history.usdMicros(), catalogue.version()));
    }
}
