package dev.renderfleet.worker.ledger;

import static dev.renderfleet.worker.ledger.FinalOutcomes.FINGERPRINT;
import static dev.renderfleet.worker.ledger.FinalOutcomes.JOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation in every state of an entry. What the table does not allow changes no byte. */
class LedgerTransitionsTest {

    /**
     * Result of each operation by state. A second worker claims; the first worker applies the other operations to its former claim.
     * Columns as in {@link Operation}; a dash is a refusal.
     */
    private static final String TABLE = """
        state           | SAME_RECORD DUPLICATE LATER_RECORD OTHER_JOB | RENEW   PARK   RENDER   FAIL   RELEASE
        NEW             | claimed     claimed   claimed      claimed   | -       -      -        -      -
        PREPARED        | busy        busy      busy         conflict  | claimed parked rendered failed parked
        SENT            | busy        busy      busy         conflict  | claimed parked rendered failed parked
        LIVING_FOR_LONG | busy        busy      busy         conflict  | claimed parked rendered failed parked
        LEASE_OVER      | claimed     claimed   claimed      conflict  | claimed parked rendered failed parked
        OWNER_EXPIRED      | claimed     claimed   claimed      conflict  | claimed parked rendered failed parked
        TAKEN_OVER      | busy        busy      busy         conflict  | -       -      -        -      -
        PARKED          | claimed     claimed   claimed      conflict  | -       -      -        -      -
        RENDERED        | replay      replay    replay       conflict  | -       -      -        -      -
        FAILED          | replay      replay    claimed      conflict  | -       -      -        -      -
        FAILED_FOR_GOOD | replay      replay    replay       conflict  | -       -      -        -      -
        REJECTED        | replay      replay    claimed      conflict  | -       -      -        -      -
        CANCELED        | replay      replay    claimed      conflict  | -       -      -        -      -
        UNREADABLE      | unreadable  unreadable unreadable  unreadable | -      -      -        -      -
        """;

    private static final String RECORD = "render.jobs/0/7";
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Submission FIRST = new Submission(RECORD, NOW.minusSeconds(9), NOW);
    private static final Submission DUPLICATE = new Submission("render.jobs/0/8", NOW.minusSeconds(8), NOW);
    private static final Submission LATER = new Submission("render.jobs/0/9", NOW.plusSeconds(60), NOW.plusSeconds(61));
    private static final Duration LEASE = Duration.ofMinutes(9);
    private static final PendingCall PENDING = new PendingCall("nano", Stage.SENT, NOW, 95_000);

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("b", clock);
    private final LedgerCodec codec = new LedgerCodec();
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final Ledger first = ledger("worker-a");
    private final Ledger other = ledger("worker-b");

    enum State {
        NEW,
        PREPARED,
        SENT,
        LIVING_FOR_LONG,
        LEASE_OVER,
        OWNER_EXPIRED,
        TAKEN_OVER,
        PARKED,
        RENDERED,
        FAILED,
        FAILED_FOR_GOOD,
        REJECTED,
        CANCELED,
        UNREADABLE
    }

    enum Operation {
        SAME_RECORD,
        DUPLICATE,
        LATER_RECORD,
        OTHER_JOB,
        RENEW,
        PARK,
        RENDER,
        FAIL,
        RELEASE
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @MethodSource("pairs")
    void onlyAllowedOperationsChangeTheEntry(State state, Operation operation, String expected) {
        Claim claim = reach(state);
        String before = json();

        String result = switch (operation) {
            case SAME_RECORD -> claimed(FINGERPRINT, FIRST);
            case DUPLICATE -> claimed(FINGERPRINT, DUPLICATE);
            case LATER_RECORD -> claimed(FINGERPRINT, LATER);
            case OTHER_JOB -> claimed("e".repeat(64), LATER);
            case RENEW -> first.renew(claim, PENDING) == null ? "-" : entry();
            case PARK -> moved(first.park(claim, History.NONE, null));
            case RENDER -> ended(claim, FinalOutcomes.completed(NOW));
            case FAIL -> ended(claim, FinalOutcomes.failed(FailureCode.OVERLOADED));
            case RELEASE -> {
                first.release(JOB, FIRST);
                yield Objects.equals(json(), before) ? "-" : entry();
            }
        };

        assertThat(result).isEqualTo(expected);
        if (!List.of("claimed", "parked", "rendered", "failed").contains(expected)) {
            assertThat(json()).as("what was refused").isEqualTo(before);
        }
    }

    static Stream<Arguments> pairs() {
        List<List<String>> rows = TABLE.lines()
                .map(line -> Arrays.stream(line.split("[ |]+")).toList())
                .toList();
        List<String> columns = rows.getFirst();
        return rows.stream()
                .skip(1)
                .flatMap(row -> IntStream.range(1, columns.size())
                        .mapToObj(column -> Arguments.of(
                                State.valueOf(row.getFirst()),
                                Operation.valueOf(columns.get(column)),
                                row.get(column))));
    }

    @Test
    void theTableIsComplete() {
        assertThat(pairs().map(pair -> pair.get()[0] + " " + pair.get()[1]))
                .containsExactlyElementsOf(Arrays.stream(State.values())
                        .flatMap(state -> Arrays.stream(Operation.values()).map(each -> state + " " + each))
                        .toList());
    }

    /** Puts the entry into the state; returns the first worker's claim, current or not. */
    private Claim reach(State state) {
        Stage stage = state == State.PREPARED ? Stage.PREPARED : Stage.SENT;
        members.put("worker-a", MemberStatus.ACTIVE);
        Claim claim = granted(first.claim(JOB, FINGERPRINT, FIRST, LEASE, new PendingCall("nano", stage, NOW, 95_000)));
        switch (state) {
            case NEW -> store.delete(key());
            case PREPARED, SENT -> {}
            case LIVING_FOR_LONG -> clock.advance(LEASE.multipliedBy(10));
            case LEASE_OVER -> {
                members.remove("worker-a");
                clock.advance(LEASE.plusSeconds(1));
            }
            case OWNER_EXPIRED -> members.put("worker-a", MemberStatus.EXPIRED);
            case TAKEN_OVER -> {
                members.put("worker-a", MemberStatus.EXPIRED);
                members.put("worker-c", MemberStatus.ACTIVE);
                granted(ledger("worker-c").claim(JOB, FINGERPRINT, FIRST, LEASE, PENDING));
            }
            case PARKED -> first.park(claim, History.NONE, null);
            case RENDERED -> ended(claim, FinalOutcomes.completed(NOW));
            case FAILED -> ended(claim, FinalOutcomes.failed(FailureCode.OVERLOADED));
            case FAILED_FOR_GOOD -> ended(claim, FinalOutcomes.failed(FailureCode.INPUT_REFUSED));
            case REJECTED -> ended(claim, FinalOutcomes.rejected());
            case CANCELED -> ended(claim, FinalOutcomes.canceled());
            case UNREADABLE -> store.putBytes(key(), "{\"version\":2}".getBytes(StandardCharsets.UTF_8));
        }
        return claim;
    }

    /** Result of the second worker's claim; a peek before it must return the same and write nothing. */
    private String claimed(String fingerprint, Submission by) {
        String before = json();
        ClaimResult peeked = other.peek(JOB, fingerprint, by);
        assertThat(json()).as("a look").isEqualTo(before);

        ClaimResult result = other.claim(JOB, fingerprint, by, LEASE, PENDING);

        if (result instanceof ClaimResult.Granted(var claim)) {
            assertThat(peeked).isIn(null, new ClaimResult.Unfinished(null, claim.history()));
        } else {
            assertThat(peeked).isEqualTo(result);
        }
        return switch (result) {
            case ClaimResult.Granted(var claim) -> {
                assertThat(claim.entry().owner()).isEqualTo("worker-b");
                yield entry();
            }
            case ClaimResult.Busy _ -> "busy";
            case ClaimResult.Conflict _ -> "conflict";
            case ClaimResult.Unreadable _ -> "unreadable";
            case ClaimResult.Unfinished _ -> "begun";
            case ClaimResult.Terminal ended -> {
                assertThat(ended.record()).isEqualTo(RECORD);
                yield "replay";
            }
        };
    }

    private String ended(Claim claim, RenderEvent outcome) {
        FinalUpdate update = first.finalUpdate(claim, History.NONE, outcome, RECORD, NOW);
        boolean awaited = first.isPending(update);
        String result = moved(first.finish(update));
        assertThat(awaited).isEqualTo(!result.equals("-"));
        return result;
    }

    private String moved(UpdateResult result) {
        return switch (result) {
            case UpdateResult.Updated() -> entry();
            case UpdateResult.ClaimLost() -> "-";
        };
    }

    /** The stored entry. */
    private String entry() {
        return switch (codec.decode(Objects.requireNonNull(json(), "no entry"))) {
            case Claimed _ -> "claimed";
            case Parked _ -> "parked";
            case Rendered _ -> "rendered";
            case Failed _ -> "failed";
        };
    }

    private @Nullable String json() {
        byte[] bytes = store.bytes(key());
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static Claim granted(ClaimResult result) {
        return result instanceof ClaimResult.Granted(var claim) ? claim : fail("not granted: " + result);
    }

    private Ledger ledger(String owner) {
        return new Ledger(
                store,
                codec,
                owner,
                name -> members.getOrDefault(name, MemberStatus.UNKNOWN),
                JobLog.UNKNOWN,
                PublishedOutcomes.UNKNOWN);
    }

    private static String key() {
        return "ledger/" + JOB.value() + ".json";
    }
}
