package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs with a ledger entry of another worker. */
@Timeout(60)
class TakeOverTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String RECORD = "render.jobs/0/7";
    private static final String OTHER = "worker-b/1";
    private static final String MODEL = "gemini-nano-banana-2.1";
    private static final Duration LEASE = Duration.ofMinutes(9);
    private static final long WORST = 95_000;

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final Waits waits = new Waits();
    private final RunnerFixture fixture = new RunnerFixture(store, clock, new Slots(2))
            .membership(name -> members.getOrDefault(name, MemberStatus.UNKNOWN))
            .failpoints(new At(Failpoint.CLAIMED, () -> afterTheClaim()));
    /** Runs between claim and call. */
    private Runnable afterTheClaim = () -> {};

    private Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));
    private ScriptedModel model = new ScriptedModel(spool, clock);

    private final class Waits implements Pause {
        private Consumer<Integer> during = _ -> {};
        private int count;
        private boolean leaving;

        @Override
        public boolean pause(Duration wait) {
            clock.advance(wait);
            during.accept(++count);
            return !leaving;
        }
    }

    private record At(Failpoint wanted, Runnable then) implements Failpoints {
        @Override
        public void at(Failpoint point) {
            if (point == wanted) {
                then.run();
            }
        }
    }

    private void afterTheClaim() {
        afterTheClaim.run();
    }

    @BeforeEach
    void openSpool() {
        spool = Spool.open(spoolFolder);
        model = new ScriptedModel(spool, clock);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[]",
                "{\"version\":1,\"fingerprint\":\"",
                "{\"version\":2,\"fingerprint\":\"f\",\"state\":\"parked\",\"history\":{}}",
                "{\"version\":1,\"fingerprint\":\"f\",\"state\":\"dreaming\",\"history\":{\"attempts\":[],\"usage\":{}}}",
                "<html>not found</html>"
            })
    void anUnreadableEntryBlocksItsJobUntilItIsRepaired(String content) {
        AcceptedJob job = job("");
        store.putBytes(RunnerFixture.key(job), content.getBytes(StandardCharsets.UTF_8));
        waits.during = count -> {
            assertThat(model.calls()).isEmpty();
            assertThat(bytes(job)).isEqualTo(content);
            if (count == 3) {
                store.delete(RunnerFixture.key(job));
            }
        };

        assertThat(outcome(job)).isInstanceOf(RenderCompleted.class);
        assertThat(waits.count).isEqualTo(3);
        assertThat(model.calls()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"''", "deadline"})
    void aDrainReleasesAJobWithAnUnreadableEntryUnchanged(String deadline) {
        AcceptedJob job = job(deadline.isEmpty() ? "" : "'deadline':'" + NOW.minusSeconds(1) + "'");
        store.putBytes(RunnerFixture.key(job), "{\"version\":2}".getBytes(StandardCharsets.UTF_8));
        waits.leaving = true;

        assertThat(runner().run(job)).isInstanceOf(JobResult.Released.class);
        assertThat(bytes(job)).isEqualTo("{\"version\":2}");
        assertThat(model.calls()).isEmpty();
    }

    /** Its owner is a group member, so no other worker could take such a claim over. */
    @ParameterizedTest
    @ValueSource(ints = {1, 50})
    void aClaimThatCouldNotBeRenewedIsReleasedWithItsJob(int failures) {
        var reassigned = new AtomicBoolean();
        AcceptedJob mine = job("");
        var job = new AcceptedJob(mine.job(), mine.id(), mine.fingerprint(), mine.submission(), reassigned::get);
        afterTheClaim = () -> {
            clock.advance(Duration.ofSeconds(3));
            store.failNextPutsBeforeWriting(failures);
            reassigned.set(true);
        };

        assertThat(runner().run(job)).isInstanceOf(JobResult.Released.class);

        assertThat(fixture.entry(job))
                .isInstanceOfSatisfying(
                        LedgerEntry.Parked.class,
                        parked -> assertThat(parked.history().attempts()).isEmpty());
        assertThat(model.calls()).isEmpty();
    }

    /** The claim ends with the group membership, so the drain does not wait for it. */
    @Test
    void aDrainTriesOnceToReleaseSuchAClaim() {
        AcceptedJob job = job("");
        afterTheClaim = () -> {
            clock.advance(Duration.ofSeconds(3));
            store.failNextPutsBeforeWriting(3);
        };
        waits.leaving = true;

        assertThat(runner().run(job)).isInstanceOf(JobResult.Released.class);

        assertThat(waits.count).isEqualTo(2);
        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Claimed.class);
    }

    @Test
    void aDeadlineDuringAStorageOutageDoesNotMakeTheJobBusyForItself() {
        AcceptedJob job = job("'deadline':'" + NOW.plusSeconds(4) + "'");
        afterTheClaim = () -> {
            clock.advance(Duration.ofSeconds(3));
            store.failNextPutsBeforeWriting(1);
        };

        assertThat(outcome(job)).isInstanceOf(RenderRejected.class);

        assertThat(waits.count).isEqualTo(1);
        assertThat(model.calls()).isEmpty();
    }

    /** Whatever field is missing: no outcome is guessed, and no exception escapes. */
    @Test
    void anEntryWithAnyFieldMissingOrNullIsDecodedOrBlocksItsJob() throws IOException {
        AcceptedJob job = job("");
        members.put(OTHER, MemberStatus.EXPIRED);
        claimedByOther(job, Stage.SENT, new History(List.of(attempt()), ScriptedModel.USAGE));
        String claimed = bytes(job);
        Ledger other = fixture.ledger(OTHER);
        store.delete(RunnerFixture.key(job));
        other.park(
                claimedByOther(job, Stage.PREPARED, History.NONE),
                new History(List.of(attempt()), ScriptedModel.USAGE),
                null);
        String parked = bytes(job);
        store.delete(RunnerFixture.key(job));
        other.finish(other.finalUpdate(
                claimedByOther(job, Stage.SENT, History.NONE),
                History.NONE,
                OutcomeEvents.failed(job, FailureCode.NO_IMAGE, "theirs", null, History.NONE, "v"),
                RECORD,
                NOW));
        String failed = bytes(job);
        store.delete(RunnerFixture.key(job));
        assertThat(outcome(job)).isInstanceOf(RenderCompleted.class);
        String rendered = bytes(job);

        int held = 0;
        for (String entry : List.of(claimed, parked, failed, rendered)) {
            for (String damaged : damaged(entry)) {
                store.putBytes(RunnerFixture.key(job), damaged.getBytes(StandardCharsets.UTF_8));
                int calls = model.calls().size();
                waits.leaving = true;
                switch (runSafely(job, damaged)) {
                    case JobResult.Released() -> {
                        held++;
                        assertThat(bytes(job)).isEqualTo(damaged);
                        assertThat(model.calls()).as(damaged).hasSize(calls);
                    }
                    case JobResult.Outcome outcome -> {
                        RenderEvent event = outcome.event();
                        byte[] told = new EventCodec().encode(event);
                        assertThat(new EventCodec().decode(told)).as(damaged).isEqualTo(event);
                    }
                }
            }
        }
        assertThat(held).isGreaterThan(20);
    }

    private JobResult runSafely(AcceptedJob job, String damaged) {
        try {
            return runner().run(job);
        } catch (RuntimeException e) {
            return fail("the runner throws at " + damaged, e);
        }
    }

    @Test
    void aJobOfAnExpiredMemberIsTakenOverAtOnceWithItsCallRecorded() {
        AcceptedJob job = job("");
        claimedByOther(job, Stage.SENT, History.NONE);
        members.put(OTHER, MemberStatus.EXPIRED);

        assertThat(outcome(job))
                .isInstanceOfSatisfying(
                        RenderCompleted.class,
                        event -> assertThat(event.attempts())
                                .extracting(Attempt::outcome)
                                .containsExactly(FailureCode.UNKNOWN_OUTCOME.wireName(), "drawn"));
        assertThat(waits.count).isZero();
    }

    @Test
    void anUnsentCallOfAFormerOwnerIsNotRecorded() {
        AcceptedJob job = job("'onUnknown':'hold'");
        claimedByOther(job, Stage.PREPARED, History.NONE);
        members.put(OTHER, MemberStatus.EXPIRED);

        assertThat(outcome(job))
                .isInstanceOfSatisfying(
                        RenderCompleted.class,
                        event -> assertThat(event.attempts())
                                .extracting(Attempt::outcome)
                                .containsExactly("drawn"));
    }

    @Test
    void aJobOfAGroupMemberIsNeverTakenOver() {
        AcceptedJob job = job("");
        claimedByOther(job, Stage.SENT, History.NONE);
        members.put(OTHER, MemberStatus.ACTIVE);
        clock.advance(LEASE.multipliedBy(3));
        waits.during = count -> waits.leaving = count == 10;

        assertThat(runner().run(job)).isInstanceOf(JobResult.Released.class);
        assertThat(model.calls()).isEmpty();
    }

    @Test
    void onUnknownHoldFailsTheJobAfterItsFirstUnknownCall() {
        model.then(FailureKind.UNKNOWN_OUTCOME, null);

        assertThat(outcome(job("'onUnknown':'hold'")))
                .isInstanceOfSatisfying(
                        RenderFailed.class, event -> assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME));
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void onUnknownHoldForbidsACallAfterAFormerOwnersCall() {
        AcceptedJob job = job("'onUnknown':'hold'");
        claimedByOther(job, Stage.SENT, History.NONE);
        members.put(OTHER, MemberStatus.EXPIRED);

        assertThat(outcome(job)).isInstanceOfSatisfying(RenderFailed.class, event -> {
            assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
            assertThat(event.cost().usdMicros()).isEqualTo(WORST);
        });
        assertThat(model.calls()).isEmpty();
    }

    /** This process was suspended right after its claim, and its session expired. */
    @ParameterizedTest
    @ValueSource(strings = {"", "'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'}]"})
    void afterASuspensionNoCallIsMadeIfTheJobWasTakenOver(String references) {
        store.putBytes("inputs/acme/shoe.png", ScriptedModel.PICTURE);
        AcceptedJob job = job(references);
        var theirs = new ArrayList<Claim>();
        afterTheClaim = () -> {
            clock.advance(Duration.ofSeconds(3));
            members.put("worker-a/1", MemberStatus.EXPIRED);
            members.put(OTHER, MemberStatus.ACTIVE);
            theirs.add(claimedByOther(job, Stage.SENT, History.NONE));
        };
        waits.during = count -> {
            if (count == 2) {
                Ledger other = fixture.ledger(OTHER);
                other.finish(other.finalUpdate(
                        theirs.getFirst(),
                        History.NONE,
                        OutcomeEvents.failed(job, FailureCode.NO_IMAGE, "theirs", null, History.NONE, "v"),
                        RECORD,
                        clock.instant()));
            }
        };

        assertThat(outcome(job))
                .isInstanceOfSatisfying(
                        RenderFailed.class, event -> assertThat(event.message()).isEqualTo("theirs"));
        assertThat(model.calls()).isEmpty();
        assertThat(theirs).hasSize(1);
    }

    @Test
    void afterASuspensionTheCallIsMadeIfTheClaimIsCurrent() {
        afterTheClaim = () -> clock.advance(Duration.ofSeconds(3));

        assertThat(outcome(job(""))).isInstanceOf(RenderCompleted.class);
        assertThat(model.calls()).hasSize(1);
    }

    /** The entry with each of its fields, at any depth, left out, and with each of them null. */
    private static List<String> damaged(String entry) throws IOException {
        JsonMapper mapper = JsonMapper.builder().build();
        List<String> all = new ArrayList<>();
        JsonNode whole = mapper.readTree(entry);
        for (ObjectNode object : objects(whole)) {
            for (String field : names(object)) {
                JsonNode was = object.remove(field);
                all.add(whole.toString());
                object.putNull(field);
                all.add(whole.toString());
                object.set(field, was);
            }
        }
        return all;
    }

    private static List<ObjectNode> objects(JsonNode node) {
        List<ObjectNode> all = new ArrayList<>();
        if (node instanceof ObjectNode object) {
            all.add(object);
        }
        node.forEach(child -> all.addAll(objects(child)));
        return all;
    }

    private static List<String> names(ObjectNode object) {
        return object.propertyStream().map(Map.Entry::getKey).toList();
    }

    private static Attempt attempt() {
        return new Attempt(1, MODEL, FailureCode.NO_IMAGE.wireName(), NOW.minusSeconds(60), 7_000, "id", "detail", 10);
    }

    private Claim claimedByOther(AcceptedJob job, Stage stage, History history) {
        Ledger other = fixture.ledger(OTHER);
        var pending = new PendingCall(MODEL, stage, clock.instant(), WORST);
        if (other.claim(job.id(), job.fingerprint(), job.submission(), LEASE, pending)
                instanceof ClaimResult.Granted(var claim)) {
            if (history.attempts().isEmpty()) {
                return claim;
            }
            other.park(claim, history, null);
            return claimedByOther(job, stage, History.NONE);
        }
        return fail("the claim was not granted");
    }

    private JobRunner runner() {
        return fixture.runner("worker-a/1", spool, model, waits);
    }

    private AcceptedJob job(String fields) {
        return fixture.job(fields, RECORD);
    }

    private RenderEvent outcome(AcceptedJob job) {
        return runner().run(job) instanceof JobResult.Outcome outcome ? outcome.event() : fail("released");
    }

    private String bytes(AcceptedJob job) {
        return new String(
                Objects.requireNonNull(store.bytes(RunnerFixture.key(job)), "no ledger entry"), StandardCharsets.UTF_8);
    }
}
