package dev.renderfleet.worker.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.intake.Window.Reservation;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.job.RunnerFixture;
import dev.renderfleet.worker.ledger.JobLog;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership;
import dev.renderfleet.worker.ledger.PublishedOutcomes;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.settle.DeliverySamples;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A bug of ours ends one job, not the process, and its event keeps the attempts that were paid. */
@Timeout(60)
class JobProcessorTest {

    private static final byte[] JOB =
            "{\"tenant\":\"t\",\"idempotencyKey\":\"k\",\"prompt\":\"A red vase\",\"model\":\"nano-banana\"}"
                    .getBytes(UTF_8);

    private static final Duration LEASE = Duration.ofMinutes(9);

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);

    /** Its call may have been sent when the bug shows. */
    private static final class BuggyProvider implements ImageProvider {
        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            throw new IllegalStateException("a bug");
        }
    }

    @Test
    void aBugBetweenTwoAttemptsFailsTheJobWithTheCallThatMayHaveBeenPaid() throws InterruptedException {
        Object result = process(new JobCodec().decode(JOB, Map.of()));

        assertThat(result)
                .isInstanceOfSatisfying(
                        JobResult.Outcome.class, outcome -> assertFailedWithOneCall(outcome.event(), "reference"));
    }

    /** A former process could decode the record, claimed the job and may have called. */
    @Test
    void aBugInDecodingFailsTheJobWithTheCallThatItsLedgerEntryHas() throws InterruptedException {
        var former = new Ledger(
                store, new LedgerCodec(), "worker-0", Membership.UNKNOWN, JobLog.UNKNOWN, PublishedOutcomes.UNKNOWN);
        var pending = new PendingCall("nano-banana", Stage.SENT, clock.instant(), 95_000);
        var record = new Submission("render.jobs/0/7", clock.instant(), clock.instant());
        former.claim(JobId.of("t", "k"), "f".repeat(64), record, LEASE, pending);
        clock.advance(LEASE.plusSeconds(1));

        Object result = process(new DecodedJob.Refused(
                FailureCode.INTERNAL, null, "a fault of the worker", new JobCodec().owner(JOB, Map.of())));

        assertThat(result)
                .isInstanceOfSatisfying(
                        JobChannel.Faulted.class,
                        faulted -> assertFailedWithOneCall(faulted.event(), "a fault of the worker"));
    }

    @Test
    void aRecordWithoutAJobIsADeadLetterOnly() throws InterruptedException {
        var refused = new DecodedJob.Refused(FailureCode.INTERNAL, null, "a fault of the worker", null);

        assertThat(process(refused)).isEqualTo(refused);
    }

    private static void assertFailedWithOneCall(RenderEvent event, String message) {
        assertThat(event).isInstanceOfSatisfying(RenderFailed.class, failed -> {
            assertThat(failed.code()).isEqualTo(FailureCode.INTERNAL);
            assertThat(failed.message()).contains(message);
            assertThat(failed.job().idempotencyKey()).isEqualTo("k");
            assertThat(failed.attempts()).extracting(Attempt::outcome).containsExactly("unknown_outcome");
            assertThat(failed.cost().usdMicros()).isPositive();
        });
    }

    /** What the message is acknowledged with. */
    private Object process(DecodedJob decoded) throws InterruptedException {
        var settled = new ArrayBlockingQueue<Object>(1);
        var job = new IncomingJob(DeliverySamples.of(JOB), decoded, new Reservation("a-model", JOB.length));
        var runner = new RunnerFixture(store, clock, new Slots(1))
                .runner("worker-a", Spool.open(spool), new BuggyProvider(), _ -> {
                    throw new IllegalStateException("a bug");
                });
        Message<IncomingJob> message = Message.of(
                job,
                Metadata.empty(),
                result -> {
                    settled.add(result.iterator().next());
                    return CompletableFuture.completedFuture(null);
                },
                (fault, _) -> {
                    settled.add(fault);
                    return CompletableFuture.completedFuture(null);
                });
        var _ = new JobProcessor(runner, RunnerFixture.CATALOGUE, clock, Failpoints.NONE).process(message);
        return Objects.requireNonNull(settled.poll(30, TimeUnit.SECONDS), "not settled");
    }
}
