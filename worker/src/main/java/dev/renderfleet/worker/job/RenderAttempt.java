package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.inputs.CallInputs;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.limits.ResultRecorder;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.storage.StorageException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes one attempt under a claim: calls the model once, or resumes its call, and finishes. Safe for use by many threads. */
public final class RenderAttempt {

    private static final Logger LOG = Logger.getLogger(RenderAttempt.class);
    /** Below any session time-out of the group, so the claim cannot have been taken over meanwhile. */
    private static final Duration CLAIM_TRUSTED_FOR = Duration.ofSeconds(2);

    private static final Duration SHORT_DELAY = Duration.ofMillis(250);

    private final Ledger ledger;
    private final ModelCaller caller;
    private final Finisher finisher;
    private final DurableWriter writer;
    private final InstantSource clock;
    private final Failpoints failpoints;

    public RenderAttempt(
            Ledger ledger,
            ModelCaller caller,
            Finisher finisher,
            DurableWriter writer,
            InstantSource clock,
            Failpoints failpoints) {
        this.ledger = ledger;
        this.caller = caller;
        this.finisher = finisher;
        this.writer = writer;
        this.clock = clock;
        this.failpoints = failpoints;
    }

    /** Ends the job or releases its claim until the next attempt. */
    Step run(AcceptedJob job, Routed routed, Claim claim, CallInputs inputs, Permit permit) {
        failpoints.at(Failpoint.CLAIMED);
        Claim fresh = fresh(claim);
        return fresh == null
                ? new Step.RetryAfter(SHORT_DELAY)
                : call(new ModelCall(job, routed, fresh, clock.instant(), inputs), permit);
    }

    /**
     * Renews a claim that is not recent: this process may have been suspended so long that another worker took the job over. Null if it
     * did.
     */
    private @Nullable Claim fresh(Claim claim) {
        PendingCall pending = claim.entry().pending();
        Instant now = clock.instant();
        return Duration.between(pending.preparedAt(), now).compareTo(CLAIM_TRUSTED_FOR) < 0
                ? claim
                : ledger.renew(claim, pending.sent(now));
    }

    /** Releases the claim for {@code wait}, with its running call if there is one. */
    Step leave(Claim claim, @Nullable PendingCall running, Duration wait) {
        return writer.park(claim, claim.history(), running, wait);
    }

    /** Ends a job without another call: rejected if nothing was spent, else failed with its cost. */
    Step refuse(AcceptedJob job, Claim claim, FailureCode code, @Nullable String field, String message) {
        return finisher.refuse(job, claim, code, field, message);
    }

    /** Ends a canceled job without another call. */
    Step cancel(AcceptedJob job, Claim claim) {
        return finisher.cancel(job, claim);
    }

    /** Ends a job that was never called. */
    Step refuseUncalled(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        return finisher.refuseUncalled(job, code, field, message);
    }

    /** As {@link ModelCaller#hasTasks}. */
    boolean mayResume(String provider) {
        return caller.hasTasks(provider);
    }

    /**
     * Waits for the task of the claim's call, and ends the job or releases its claim.
     *
     * @param routed the model of that call
     */
    Step resume(AcceptedJob job, Routed routed, Claim claim, PendingCall running) {
        String task = Objects.requireNonNull(running.task(), "of a running call");
        var call = new ModelCall(job, routed, claim, running.preparedAt(), CallInputs.NONE);
        Duration sinceSent = Duration.between(running.preparedAt(), clock.instant());
        return guarded(new AtomicReference<>(call), ResultRecorder.NONE, () -> caller.resume(call, task, sinceSent));
    }

    private Step call(ModelCall call, Permit permit) {
        var current = new AtomicReference<>(call);
        return guarded(
                current,
                permit,
                () -> caller.call(call, permit, task -> current.set(call.under(writer.accepted(call.claim(), task)))));
    }

    /** Records a call of unknown outcome on a bug of the worker, since it may have been billed. */
    private Step guarded(AtomicReference<ModelCall> current, ResultRecorder recorder, Supplier<ModelAnswer> answer) {
        try {
            ModelAnswer answered = answer.get();
            return finisher.finish(current.get(), answered, recorder);
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException bug) {
            LOG.error("a fault of the worker while a call was out", bug);
            recorder.refused(FailureKind.UNKNOWN_OUTCOME, null);
            if (bug instanceof UncheckedIOException) {
                // Only the spool's files throw it: the next picture would be lost too.
                writer.spoolFailed();
            }
            return finisher.failed(
                    current.get(),
                    new NotDrawn(
                            FailureKind.UNKNOWN_OUTCOME,
                            "WORKER_FAULT",
                            bug.getClass().getSimpleName(),
                            null,
                            Usage.NONE,
                            null));
        }
    }
}
