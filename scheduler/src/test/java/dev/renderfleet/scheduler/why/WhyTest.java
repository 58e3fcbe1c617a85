package dev.renderfleet.scheduler.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.queue.Standing;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.queue.WindowState.ModelHeld;
import dev.renderfleet.scheduler.why.SpendingCap.Scope;
import dev.renderfleet.scheduler.why.WaitingJob.Conditions;
import dev.renderfleet.scheduler.why.WaitingJob.Funds;
import dev.renderfleet.scheduler.why.WaitingJob.Line;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each cause alone, then their order. */
class WhyTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Instant SINCE = NOW.minusSeconds(600);
    private static final Instant MIDNIGHT = Instant.parse("2026-12-01T00:00:00Z");
    private static final ModelDay DAY = new ModelDay(7, 500, null);
    private static final Funds ENOUGH = new Funds(40_000L, List.of(cap(Scope.FLEET_DAY, 20_000_000, 0, 0, MIDNIGHT)));
    private static final Standing FREE = new Standing(Set.of(), 0, 10, 0.25, List.of(), List.of());
    private static final WindowState OPEN = new WindowState(3, 230, 10, false, null, DAY);

    @Test
    void nextInLine() {
        Why why = Why.of(job(Conditions.NONE, ENOUGH, new Line(FREE, OPEN, 0, 0)));

        assertThat(why.causes()).containsExactly(new Cause.Turn(0, 0, 0.25, 10));
        assertThat(sentence(why)).isEqualTo("turn: It is next in line.");
        assertThat(why.releasedAt()).isEqualTo(NOW);
    }

    @Test
    void behindOthers() {
        Why why = Why.of(job(Conditions.NONE, ENOUGH, new Line(FREE, OPEN, 150, 450)));

        assertThat(sentence(why))
                .isEqualTo("turn: 150 jobs of its tenant and 450 of other tenants are released before it; "
                        + "its tenant is entitled to 25 % of 600 a minute.");
        assertThat(why.releasedAt()).isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void windowFull() {
        Why why = Why.of(
                job(Conditions.NONE, ENOUGH, new Line(FREE, new WindowState(230, 230, 10, true, null, DAY), 0, 0)));

        assertThat(sentence(why))
                .isEqualTo(
                        "window_full: Model painter has 230 jobs with the workers, as many as 600 a minute keep busy.");
        assertThat(why.causes()).hasSize(2);
    }

    @Test
    void tenantRunsAllItMay() {
        Standing full = new Standing(Set.of(), 10, 10, 0.25, List.of(), List.of());

        assertThat(sentence(Why.of(job(Conditions.NONE, ENOUGH, new Line(full, OPEN, 0, 0)))))
                .isEqualTo(
                        "running_max: The tenant has 10 jobs running of 10 that it may have; one of them must end first.");
    }

    @Test
    void batchRunsAllItMay() {
        Conditions full = new Conditions(List.of(), null, List.of(), 4, 4);

        assertThat(sentence(Why.of(job(full, ENOUGH, new Line(FREE, OPEN, 0, 0)))))
                .isEqualTo(
                        "running_max: The batch has 4 jobs running of 4 that it may have; one of them must end first.");
    }

    @Test
    void modelHeld() {
        Instant end = NOW.plusSeconds(90);
        WindowState held = new WindowState(9, 230, 10, true, new ModelHeld(end, "rate_limited"), DAY);
        Why why = Why.of(job(Conditions.NONE, ENOUGH, new Line(FREE, held, 100, 0)));

        assertThat(sentence(why))
                .isEqualTo("hold: Model painter is held until 2026-11-30T12:01:30Z, because its provider refuses calls "
                        + "(rate_limited).");
        assertThat(why.causes()).extracting(Cause::code).containsExactly("hold", "turn");
        assertThat(why.releasedAt()).isEqualTo(end.plusSeconds(10));
    }

    @Test
    void dayQuotaUsedUp() {
        WindowState used = new WindowState(9, 230, 10, false, null, new ModelDay(500, 500, MIDNIGHT));

        Why why = Why.of(job(Conditions.NONE, ENOUGH, new Line(FREE, used, 0, 0)));

        assertThat(sentence(why))
                .isEqualTo(
                        "day_quota: Model painter has had 500 of its 500 requests of the day; the next day of its provider "
                                + "begins at 2026-12-01T00:00:00Z.");
        assertThat(why.releasedAt()).isEqualTo(MIDNIGHT);
    }

    @Test
    void notBefore() {
        Instant start = NOW.plusSeconds(3_600);
        Why why = Why.of(job(new Conditions(List.of(), start, List.of(), 0, null), ENOUGH, null));

        assertThat(sentence(why)).isEqualTo("not_before: It asks to start no earlier than 2026-11-30T13:00:00Z.");
        assertThat(why.releasedAt()).isEqualTo(start);
        assertThat(Why.of(job(new Conditions(List.of(), NOW, List.of(), 0, null), ENOUGH, null))
                        .causes())
                .containsExactly(new Cause.Entering());
    }

    @Test
    void dependency() {
        Conditions needs = new Conditions(List.of(), null, List.of("j1", "j2", "j3", "j4", "j5"), 0, null);
        Why why = Why.of(job(needs, ENOUGH, null));

        assertThat(sentence(why))
                .isEqualTo("dependency: It depends on j1, j2, j3 and 2 more, which must complete first.");
        assertThat(why.releasedAt()).isNull();
    }

    @Test
    void paused() {
        Conditions paused = new Conditions(List.of(new Cause.Paused("Tenant acme", SINCE)), null, List.of(), 0, null);
        Why why = Why.of(job(paused, ENOUGH, new Line(FREE, OPEN, 0, 0)));

        assertThat(sentence(why))
                .isEqualTo(
                        "paused: Tenant acme has been paused since 2026-11-30T11:50:00Z; resume it to release its jobs.");
        assertThat(why.releasedAt()).isNull();
    }

    @Test
    void notLeading() {
        Why why = Why.of(new WaitingJob(NOW, "painter", SINCE, Conditions.NONE, ENOUGH, null));

        assertThat(sentence(why))
                .isEqualTo(
                        "not_leading: No scheduler has been leading since 2026-11-30T11:50:00Z; the job is stored and is "
                                + "released once one leads.");
        assertThat(why.releasedAt()).isNull();
    }

    @Test
    void priceUnknown() {
        Why why = Why.of(job(Conditions.NONE, new Funds(null, List.of()), new Line(FREE, OPEN, 0, 0)));

        assertThat(sentence(why))
                .isEqualTo(
                        "price_unknown: No price of model painter is known, so nothing can be reserved; add it to the "
                                + "catalogue of models.");
        assertThat(why.releasedAt()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"JOB, the job", "BATCH, the batch", "TENANT, the tenant"})
    void aCapThatNothingRenews(Scope scope, String name) {
        Why why = Why.of(job(
                Conditions.NONE,
                new Funds(40_000L, List.of(cap(scope, 1_000_000, 900_000, 20_000, null))),
                new Line(FREE, OPEN, 0, 0)));

        assertThat(sentence(why))
                .isEqualTo(
                        "budget: The cap of " + name + " is 1.00 USD: 0.90 USD spent, 0.02 USD reserved for calls in "
                                + "progress, 0.05 USD unknown; the job may cost 0.04 USD; it fits once calls in progress have cost less "
                                + "than was reserved.");
        assertThat(why.binding()).isEqualTo(new Cause.OverCap(scope, 1_000_000, 900_000, 20_000, 50_000, 40_000, null));
        assertThat(why.binding().needsAction()).isFalse();
        assertThat(why.releasedAt()).isNull();
    }

    @Test
    void aCapThatMustBeRaised() {
        Why why = Why.of(job(
                Conditions.NONE,
                new Funds(40_500L, List.of(cap(Scope.TENANT, 1_000_000, 940_000, 0, null))),
                new Line(FREE, OPEN, 0, 0)));

        assertThat(sentence(why)).endsWith("the job may cost 0.0405 USD; raise the cap.");
        assertThat(why.binding().needsAction()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"TENANT_DAY, the tenant's day", "FLEET_DAY, the fleet's day"})
    void aCapOfADay(Scope scope, String name) {
        Why why = Why.of(job(
                Conditions.NONE,
                new Funds(40_000L, List.of(cap(scope, 20_000_000, 19_940_000, 0, MIDNIGHT))),
                new Line(FREE, OPEN, 50, 0)));

        assertThat(sentence(why))
                .startsWith("budget: The cap of " + name + " is 20.00 USD")
                .endsWith("it begins anew at 2026-12-01T00:00:00Z.");
        assertThat(why.releasedAt()).isEqualTo(MIDNIGHT.plusSeconds(5));
    }

    /** The job itself would fit, but it waits behind one that does not. */
    @Test
    void theHeadOfItsLineMayNotRun() {
        Standing parked = new Standing(Set.of(Parking.BUDGET), 0, 10, 0.25, List.of(), List.of());
        Why why = Why.of(job(Conditions.NONE, ENOUGH, new Line(parked, OPEN, 1, 0)));

        assertThat(sentence(why)).isEqualTo("head_of_line: A job before it in its line does not fit a cap.");
        assertThat(why.releasedAt()).isNull();
    }

    /** First what a person must end, then the latest known end, then what ends by itself. */
    @Test
    void allCausesTheBindingOneFirst() {
        Conditions all = new Conditions(
                List.of(new Cause.Paused("Batch autumn", SINCE)), NOW.plusSeconds(60), List.of("j1"), 4, 4);
        Standing standing = new Standing(
                Set.of(Parking.PAUSED, Parking.BUDGET, Parking.BATCH_RUNNING), 10, 10, 0.25, List.of(), List.of());
        WindowState window = new WindowState(
                9, 230, 10, true, new ModelHeld(NOW.plusSeconds(90), "rate_limited"), new ModelDay(500, 500, MIDNIGHT));
        Funds funds = new Funds(
                40_000L,
                List.of(
                        cap(Scope.TENANT, 1_000_000, 990_000, 0, null),
                        cap(Scope.FLEET_DAY, 1_000_000, 990_000, 0, MIDNIGHT.plusSeconds(3_600))));

        Why why = Why.of(new WaitingJob(NOW, "painter", SINCE, all, funds, new Line(standing, window, 3, 5)));

        assertThat(why.causes())
                .extracting(Cause::code)
                .containsExactly(
                        "paused",
                        "budget",
                        "budget",
                        "day_quota",
                        "hold",
                        "not_before",
                        "not_leading",
                        "dependency",
                        "running_max",
                        "running_max",
                        "turn");
        assertThat(why.releasedAt()).isNull();
    }

    private static String sentence(Why why) {
        return why.binding().code() + ": " + why.binding().sentence();
    }

    private static SpendingCap cap(Scope scope, long cap, long spent, long reserved, @Nullable Instant renewedAt) {
        long unknown = 50_000;
        return new SpendingCap(scope, cap, spent, reserved, spent == 0 ? 0 : unknown, renewedAt);
    }

    private static WaitingJob job(Conditions conditions, Funds funds, @Nullable Line line) {
        return new WaitingJob(NOW, "painter", null, conditions, funds, line);
    }
}
