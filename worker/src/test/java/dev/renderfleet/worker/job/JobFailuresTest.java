package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What follows a call that yields no picture. */
@Timeout(60)
class JobFailuresTest extends JobScenario {

    /** Free refusals have a Retry-After of six hours, so the bound of a day is reached after five calls. */
    @ParameterizedTest
    @CsvSource({
        "INPUT_REFUSED,             1, INPUT_REFUSED,    once",
        "OUTPUT_REFUSED,            1, OUTPUT_REFUSED,   once",
        "OUTPUT_REFUSED_REROLLABLE, 1, OUTPUT_REFUSED,   text",
        "NO_IMAGE,                  2, NO_IMAGE,         text",
        "REQUEST_INVALID,           1, REQUEST_INVALID,  once",
        "REQUEST_REFUSED,           2, REQUEST_INVALID,  free",
        "SESSION_REFUSED,           2, REQUEST_INVALID,  text",
        "STOPPED,                   1, NO_IMAGE,         once",
        "ACCOUNT_LIMITED,           1, PROVIDER_AUTH,    once",
        "MODEL_GONE,                2, MODEL_GONE,       free",
        "RATE_LIMITED,              5, RATE_LIMITED,     free",
        "DAY_QUOTA_SPENT,           5, RATE_LIMITED,     free",
        "OVERLOADED,                5, OVERLOADED,       free",
        "NOT_SENT,                  5, PROVIDER_UNREACHABLE, free",
        "PROVIDER_FAULT,            5, PROVIDER_FAULT,   text",
        "UNKNOWN_OUTCOME,           2, UNKNOWN_OUTCOME,  worst",
        "RESULT_INVALID,            2, RESULT_INVALID,   picture",
        "RESULT_EXPIRED,            2, RESULT_INVALID,   picture"
    })
    void eachKindOfLastingFailureFailsTheJobAfterItsBoundAtItsCost(
            FailureKind kind, int calls, FailureCode code, String price) {
        AcceptedJob job = job("");
        model.then(kind, Duration.ofHours(6));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(code);
        assertThat(event.retryable()).isEqualTo(code.retryable());
        assertThat(event.message()).isNotBlank();
        assertThat(event.providerReason()).isEqualTo("SCRIPTED: as told");
        assertThat(model.calls()).hasSize(calls);
        assertThat(event.attempts())
                .hasSize(calls)
                .allSatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(code.wireName()))
                .extracting(Attempt::number)
                .containsExactlyElementsOf(
                        java.util.stream.IntStream.rangeClosed(1, calls).boxed().toList());
        assertThat(event.cost().usdMicros())
                .isEqualTo(calls
                        * switch (price) {
                            case "free" -> 0;
                            case "once", "text" -> NOT_DRAWN;
                            case "worst" -> WORST;
                            case "picture" -> DRAWN;
                            default -> throw new IllegalArgumentException(price);
                        });
        assertThat(entry(job)).isInstanceOfSatisfying(LedgerEntry.Failed.class, ended -> {
            assertThat(ended.outcome()).isEqualTo(event);
            assertThat(ended.history().usdMicros()).isEqualTo(event.cost().usdMicros());
        });
        assertThat(store.keys("assets/")).isEmpty();
        assertThat(watched).isEqualTo(event.attempts());
    }

    /** Retried every six hours here; the fifth call is the first after the bound of a day. */
    @ParameterizedTest
    @CsvSource({"AUTH_REFUSED,    PROVIDER_AUTH", "BILLING_REFUSED, PROVIDER_BILLING", "NO_QUOTA,        RATE_LIMITED"})
    void anAccountThatIsRefusedForADayFailsTheJobWithoutCost(FailureKind kind, FailureCode code) {
        AcceptedJob job = job("");
        AcceptedJob never = job("'idempotencyKey':'other'");
        model.then(kind, Duration.ofHours(6));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(code);
        assertThat(event.retryable()).isTrue();
        assertThat(event.attempts())
                .hasSize(5)
                .allSatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(code.wireName()));
        assertThat(event.cost().usdMicros()).isZero();

        // One that has waited as long fails without a call, and without a trace in the ledger: it may be published
        // again.
        assertThat(failed(never).code()).isEqualTo(code);
        assertThat(model.calls()).hasSize(5);
        assertThat(store.bytes(RunnerFixture.key(never))).isNull();
    }

    /** Its answer was billed: the job is not tried again, and no other of the provider is called. */
    @Test
    void paidCallsAfterAnAnswerWithoutAPictureAreTheModels() {
        fixture.modelHas("rerolls: {no-image: 0, output-refused: 2}");
        runner = runner("worker-a", waits);
        model.then(FailureKind.NO_IMAGE, null).then(FailureKind.OUTPUT_REFUSED_REROLLABLE, null);

        assertThat(failed(job("")).attempts()).hasSize(1);
        assertThat(failed(job("'idempotencyKey':'refused'")).attempts()).hasSize(3);
    }

    @Test
    void anAccountThatIsLimitedFailsOneJobAndHoldsTheProvider() {
        model.then(FailureKind.ACCOUNT_LIMITED, null);

        assertThat(failed(job("")).code()).isEqualTo(FailureCode.PROVIDER_AUTH);

        assertThat(model.calls()).hasSize(1);
        assertThat(fixture.limiter().providers())
                .singleElement()
                .satisfies(provider -> assertThat(provider.refusedSince()).isNotNull());
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "AUTH_REFUSED",
                "BILLING_REFUSED",
                "NO_QUOTA",
                "NO_IMAGE",
                "REQUEST_REFUSED",
                "MODEL_GONE",
                "RATE_LIMITED",
                "DAY_QUOTA_SPENT",
                "OVERLOADED",
                "NOT_SENT",
                "PROVIDER_FAULT",
                "UNKNOWN_OUTCOME",
                "RESULT_INVALID"
            })
    void aTransientFailureYieldsThePictureAndRecordsBothCalls(FailureKind kind) {
        // Longer than the hold of an account.
        model.then(kind, Duration.ofMinutes(6)).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts())
                .extracting(Attempt::outcome)
                .containsExactly(kind.code().wireName(), "drawn");
        assertThat(event.usage()).isEqualTo(ScriptedModel.USAGE.plus(ScriptedModel.USAGE));
        assertThat(event.cost().usdMicros())
                .isEqualTo(event.attempts().getFirst().usdMicros() + DRAWN);
        assertThat(addsUp(event.latency())).isTrue();
        assertThat(event.latency().model())
                .isEqualTo(ScriptedModel.CALL.multipliedBy(2).toMillis());
        assertThat(event.latency().waited())
                .isEqualTo(waits.waited.stream()
                        .reduce(Duration.ZERO, Duration::plus)
                        .toMillis());
    }

    @Test
    void waitsForTheRetryAfterWithoutASlot() {
        Duration asked = Duration.ofSeconds(37);
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> slotsWhileWaiting.add(slots.used());
        model.then(FailureKind.RATE_LIMITED, asked)
                .then(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3))
                .thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited.get(0).plus(waits.waited.get(1))).isBetween(asked, asked.plusSeconds(5));
        Duration all = asked.plusHours(3);
        assertThat(waits.waited.stream().reduce(Duration.ZERO, Duration::plus)).isBetween(all, all.plusMinutes(20));
        assertThat(slotsWhileWaiting).containsOnly(0);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
    }

    /** It does not occupy the window for the provider's Retry-After of a day. */
    @Test
    void aLongWaitEndsSoonAfterAReassignment() {
        var reassigned = new AtomicBoolean();
        AcceptedJob job = job("");
        var taken = new AcceptedJob(job.job(), job.id(), job.fingerprint(), job.submission(), reassigned::get);
        model.then(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3));
        waits.during = () -> reassigned.set(waits.waited.size() == 2);

        assertThat(runner.run(taken)).isInstanceOf(JobResult.Released.class);
        assertThat(waits.waited).hasSize(2);
    }

    @Test
    void aJobThatCrashesItsWorkersHasABoundOfCalls() {
        AcceptedJob job = job("");
        claim(ledger("worker-b"), job);
        clock.advance(LEASE.plusSeconds(1));
        claim(ledger("worker-c"), job);
        clock.advance(LEASE.plusSeconds(1));

        RenderFailed event = failed(job);

        assertThat(model.calls()).isEmpty();
        assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
        assertThat(event.attempts()).hasSize(2);
        assertThat(event.cost().usdMicros()).isEqualTo(2 * WORST);
    }

    @Test
    void everyKindOfFailureHasItsRow() {
        assertThat(Arrays.stream(JobFailuresTest.class.getDeclaredMethods())
                        .filter(method -> List.of(method.getParameterTypes()).contains(FailureKind.class))
                        .map(method -> method.getAnnotation(CsvSource.class))
                        .filter(Objects::nonNull)
                        .flatMap(rows -> Arrays.stream(rows.value()))
                        .map(row -> FailureKind.valueOf(row.substring(0, row.indexOf(','))))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(FailureKind.values());
    }
}
