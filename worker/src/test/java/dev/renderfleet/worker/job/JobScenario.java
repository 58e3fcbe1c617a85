package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs jobs with real parts except for model, storage and time. */
@Timeout(60)
abstract class JobScenario {

    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final Duration LEASE = Duration.ofMinutes(9);
    static final ModelCatalogue CATALOGUE = RunnerFixture.CATALOGUE;
    static final String RECORD = "render.jobs/0/7";
    static final String LATER_RECORD = "render.jobs/0/8";

    // nano-banana at 1K: 33,600 the picture, 1.5 an input token, 7.5 a thought token or other text.
    static final long DRAWN = 33_600 + 10 * 15 / 10 + 100 * 75 / 10;
    static final long NOT_DRAWN = 10 * 15 / 10 + (1_290 + 100) * 75 / 10;
    /** The picture, ten characters of prompt, 8,192 tokens of thoughts. */
    static final long WORST = 33_600 + 10 * 15 / 10 + 8_192 * 75 / 10;

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    final SettableClock clock = new SettableClock(NOW);
    final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    final Map<String, MemberStatus> members = new HashMap<>();
    final Membership membership = name -> members.getOrDefault(name, MemberStatus.UNKNOWN);
    final Slots slots = new Slots(2);
    final List<Attempt> watched = Collections.synchronizedList(new ArrayList<>());
    /** Pauses of the runner and of storage retries; each advances the clock. */
    final Waits waits = new Waits();

    final Waits storeWaits = new Waits();
    /** Runs after each attempt, before the ledger is updated. */
    Runnable beforeTheLedgerMoves = () -> {};

    final RunnerFixture fixture = new RunnerFixture(store, clock, slots)
            .membership(membership)
            .storePause(storeWaits)
            .watch((attempt, _) -> {
                watched.add(attempt);
                beforeTheLedgerMoves.run();
            });
    Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));
    ScriptedModel model = new ScriptedModel(spool, clock);
    JobRunner runner = runner("worker-a", waits);

    final class Waits implements Pause {
        final List<Duration> waited = Collections.synchronizedList(new ArrayList<>());
        Runnable during = () -> {};
        int leavesAfter = Integer.MAX_VALUE;

        @Override
        public boolean pause(Duration wait) {
            waited.add(wait);
            during.run();
            clock.advance(wait);
            return waited.size() <= leavesAfter;
        }
    }

    @BeforeEach
    void openSpool() {
        spool = Spool.open(spoolFolder);
        model = new ScriptedModel(spool, clock);
        runner = runner("worker-a", waits);
    }

    @AfterEach
    void spoolIsEmptyAndAllSlotsAreFree() {
        assertThat(SpoolFolders.files(spoolFolder)).isEmpty();
        assertThat(slots.used()).isZero();
    }

    static byte[] invalid(String fault) {
        return switch (fault) {
            case "wrong ratio" -> ScriptedModel.PICTURE;
            case "truncated" -> ScriptedModel.TRUNCATED;
            case "not a picture" -> "<html>".getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException(fault);
        };
    }

    JobRunner runner(String owner, Pause pause) {
        return fixture.runner(owner, spool, model, pause);
    }

    Ledger ledger(String owner) {
        return fixture.ledger(owner);
    }

    /** Another worker's claim, whose call may be in flight. */
    void claimedByAnother(AcceptedJob job) {
        claim(ledger("worker-b"), job);
    }

    Claim claim(Ledger ledger, AcceptedJob job) {
        var pending = new PendingCall("gemini-nano-banana-2.1", Stage.SENT, clock.instant(), WORST);
        return ledger.claim(job.id(), job.fingerprint(), job.submission(), LEASE, pending)
                        instanceof ClaimResult.Granted(var claim)
                ? claim
                : fail("the claim was not granted");
    }

    AcceptedJob job(String fields) {
        return job(fields, RECORD);
    }

    AcceptedJob job(String fields, String record) {
        return fixture.job(fields, record);
    }

    RenderEvent outcome(AcceptedJob job) {
        return runner.run(job) instanceof JobResult.Outcome outcome ? outcome.event() : fail("released");
    }

    RenderCompleted completed(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderCompleted completed ? completed : fail("not completed: " + event);
    }

    RenderFailed failed(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderFailed failed ? failed : fail("not failed: " + event);
    }

    RenderRejected rejected(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderRejected rejected ? rejected : fail("not rejected: " + event);
    }

    static String key(AcceptedJob job) {
        return RunnerFixture.key(job);
    }

    LedgerEntry entry(AcceptedJob job) {
        return fixture.entry(job);
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static UpdateResult end(
            Ledger ledger, Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        return ledger.finish(ledger.finalUpdate(claim, history, outcome, record, endedAt));
    }

    static boolean addsUp(Latency latency) {
        return latency.queued() + latency.waited() + latency.model() + latency.stored() == latency.total();
    }
}
