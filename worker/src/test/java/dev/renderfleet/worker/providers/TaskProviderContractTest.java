package dev.renderfleet.worker.providers;

import static dev.renderfleet.worker.providers.FailureKind.RESULT_EXPIRED;
import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.RequestLog;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an adapter with tasks promises besides. */
public abstract class TaskProviderContractTest extends ImageProviderContractTest {
    private static final String PRINTABLE_ASCII = "[ -~]{1," + TaskLog.TASK_CHARS_MAX + "}";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-30T12:00:00Z"));
    private final List<String> recorded = new ArrayList<>();
    /** Whether the caller is interrupted at its first pause. */
    private boolean interrupting;

    /** The header that carries the key, in lower case. */
    protected abstract String keyHeader();

    /** What the simulator does where a result is at that address, or redirects to it. */
    protected String resultAt(String address, boolean redirect) {
        return "[[sim:%s url=%s]]".formatted(redirect ? "RESULT_REDIRECT" : "RESULT_URL", address);
    }

    /** What the simulator does where every result has expired. */
    protected String expired() {
        return "[[sim:EXPIRED]]";
    }

    /** What the simulator does where a task never ends. */
    protected String stuck() {
        return "[[sim:STUCK]]";
    }

    /** How many submissions have been sent when the task is recorded; 0 where the adapter names the task itself. */
    protected int submissionsBeforeTheRecord() {
        return 1;
    }

    /** Whether results are at an address that works without the key, and must not get it. */
    protected boolean resultsArePublic() {
        return true;
    }

    @Override
    protected final InstantSource clock() {
        return clock;
    }

    /** For the adapter between polls: the task's time passes at once. */
    protected final boolean pause(Duration wait) {
        clock.advance(wait);
        if (interrupting) {
            Thread.currentThread().interrupt();
        }
        return !Thread.currentThread().isInterrupted();
    }

    @BeforeEach
    void forgetTasks() {
        recorded.clear();
        interrupting = false;
    }

    @Override
    protected final TaskLog newLog() {
        return recorded::add;
    }

    @Test
    void recordsTheTaskBeforeTheFirstWait() {
        var sentBefore = new ArrayList<Integer>();

        drawn(provider().draw(request("a lamp", LONG, List.of()), task -> {
                    recorded.add(task);
                    sentBefore.add(sent());
                }))
                .close();

        assertThat(sentBefore).containsExactly(submissionsBeforeTheRecord());
        assertThat(recorded).singleElement().asString().matches(PRINTABLE_ASCII);
        assertNoSecret(recorded.getFirst());
    }

    @Test
    void aTaskOfADeadWorkerIsResumedAndPaidNothingFor() {
        var death = new IllegalStateException("the worker dies here");
        assertThat(catchThrowable(() -> provider().draw(request("a lamp", LONG, List.of()), task -> {
                    recorded.add(task);
                    throw death;
                })))
                .isSameAs(death);

        // Twice: the first worker that resumes it may die as well.
        for (int time = 0; time < 2; time++) {
            drawn(provider().resume(recorded.getFirst(), request("a lamp", LONG, List.of())))
                    .close();
        }
        assertCalls(1, 1);
    }

    @Test
    void anInterruptParksTheTask() throws Exception {
        var answer = new CompletableFuture<ModelAnswer>();
        interrupting = true;
        Thread.startVirtualThread(() -> answer.complete(draw("a lamp " + stuck())));

        assertThat(answer.get(20, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        StillRunning.class,
                        running -> assertThat(running.task()).isEqualTo(recorded.getFirst()));
        assertCalls(1, 1);
    }

    @Test
    void aTaskThatRunsTooLongIsAnUnknownOutcome() {
        ModelAnswer answer = draw("a lamp " + stuck(), LONG);

        assertThat(answer).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(UNKNOWN_OUTCOME);
            assertThat(failed.reason()).isEqualTo("TASK_TIMEOUT");
        });
    }

    @Test
    void fetchesAPublicResultWithoutTheKey() {
        drawn(draw("a lamp")).close();

        assertThat(requests().getLast().headers().containsKey(keyHeader())).isNotEqualTo(resultsArePublic());
        assertThat(requests().getFirst().headers()).containsKey(keyHeader());
    }

    @Test
    void anExpiredResultIsAnOutcomeOfItsOwn() {
        ModelAnswer answer = draw("a lamp " + expired());

        assertThat(answer).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(RESULT_EXPIRED);
            if (failed.statedUsdMicros() != null) {
                assertThat(failed.statedUsdMicros())
                        .isEqualTo(simulator().state().ledger().statement(0).usdMicros());
            }
        });
        assertCalls(1, 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void asksNoOtherHostForTheResult(boolean redirect) throws Exception {
        var asked = new AtomicInteger();
        try (var other = HttpListener.start(Ports.loopback(0), (_, exchange) -> {
            asked.incrementAndGet();
            exchange.respond(HttpResponse.text(200, "image/png", "a picture of the host's inside"));
        })) {
            // By name: the simulator's own address is one that the operator named.
            String address = "http://localhost:%d/inside.png".formatted(other.port());

            assertMeaning(draw("a lamp " + resultAt(address, redirect)), RESULT_INVALID);
        }
        assertThat(asked).hasValue(0);
        assertCalls(1, 1);
    }

    private List<RequestLog.Entry> requests() {
        return simulator().state().requests().last(1_000);
    }
}
