package dev.renderfleet.testbed.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.testbed.audit.SchedulerEvidence.AccountReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.JobReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.SpendingLimit;
import dev.renderfleet.testbed.jobs.PlainJob;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the judge sees what schedulers break, and nothing else. */
class SchedulerChecksTest {

    private static final Instant T0 = Instant.parse("2026-11-30T12:00:00Z");
    private static final long PRICE = 33_600;
    private static final int WEIGHT = 100;

    private final Evidence evidence = new Evidence();
    private final SchedulerEvidence schedulers = new SchedulerEvidence();

    SchedulerChecksTest() {
        evidence.addSchedulers(schedulers);
    }

    @Test
    void jobsOfBothDoorsThatAddUpBreakNothing() {
        requested("a", "t", WEIGHT, T0, T0);
        direct("b", "t");
        counted("a", PRICE);
        counted("b", PRICE);
        account("t", 0, 2 * PRICE);
        schedulers.addLimit(new SpendingLimit("t", PRICE, T0.plusSeconds(9)));

        found();
    }

    /** A limit binds what a scheduler released, before it was lifted. */
    @Test
    void aCapThatTheBillsPassIsOverspent() {
        requested("a", "t", WEIGHT, T0, T0);
        requested("b", "t", WEIGHT, T0, T0);
        counted("a", PRICE);
        counted("b", PRICE);
        account("t", 0, 2 * PRICE);
        schedulers.addLimit(new SpendingLimit("t", 2 * PRICE - 1, T0));
        found();

        schedulers.addLimit(new SpendingLimit("t", 2 * PRICE - 1, T0.plusSeconds(9)));
        found(Breach.OVERSPENT);
    }

    @Test
    void moneyThatStaysReservedIsUnbalanced() {
        requested("a", "t", WEIGHT, T0, T0);
        counted("a", PRICE);
        account("t", 1, PRICE);

        found(Breach.UNBALANCED);
    }

    @Test
    void accountsThatAreNotWhatJobsCostAreUnbalanced() {
        requested("a", "t", WEIGHT, T0, T0);
        counted("a", PRICE);
        account("t", 0, PRICE - 1);

        found(Breach.UNBALANCED);
    }

    @Test
    void anotherAmountThanThatOfTheEventIsMiscounted() {
        requested("a", "t", WEIGHT, T0, T0);
        counted("a", PRICE + 1);
        account("t", 0, PRICE + 1);

        found(Breach.MISCOUNTED);
    }

    @Test
    void aDirectJobThatIsNotCountedIsMiscounted() {
        direct("a", "t");

        found(Breach.MISCOUNTED);
    }

    @Test
    void anAcceptedJobWithoutFinalStateIsStarved() {
        schedulers.addRequest("a", "t", WEIGHT);
        found(Breach.STARVED);

        schedulers.addJob("a", new JobReading(T0, false, 0, 0));
        found(Breach.STARVED);
    }

    @Test
    void aRefusedRequestHasOneEventAndNoJob() {
        evidence.addRefusal("a");
        found(Breach.LOST);

        evidence.addEvent(SampleEvents.rejected("a", FailureCode.INVALID_FIELD));
        found();

        evidence.addEvent(SampleEvents.rejected("a", FailureCode.INVALID_FIELD));
        found(Breach.DOUBLED);
    }

    @Test
    void aJobThatLaterOnesOvertakeBeyondTheirShareIsStarved() {
        overtaken(SchedulerChecks.OVERTAKING_MAX + 1, WEIGHT);
        found();

        overtaken(SchedulerChecks.OVERTAKING_MAX + 2, WEIGHT);
        found(Breach.STARVED);
    }

    @Test
    void aHeavierTenantMayOvertakeMore() {
        overtaken(SchedulerChecks.OVERTAKING_MAX + 3, 3 * WEIGHT);

        found();
    }

    @Test
    void aTenantAtItsCapIsNotOvertaken() {
        schedulers.addLimit(new SpendingLimit("late", 0, Instant.EPOCH));
        overtaken(SchedulerChecks.OVERTAKING_MAX + 2, WEIGHT);

        found();
    }

    private void overtaken(int others, int weight) {
        requested("late", "late", WEIGHT, T0, T0.plusSeconds(100));
        counted("late", PRICE);
        account("late", 0, PRICE);
        for (int i = 0; i < others; i++) {
            requested("early-" + i, "early", weight, T0.plusSeconds(1), T0.plusSeconds(2));
            counted("early-" + i, PRICE);
        }
        account("early", 0, others * PRICE);
    }

    private void requested(String job, String tenant, int weight, Instant acceptedAt, Instant releasedAt) {
        schedulers.addRequest(job, tenant, weight);
        schedulers.addJob(job, new JobReading(acceptedAt, true, 0, 0));
        published(job, tenant, releasedAt);
    }

    private void direct(String job, String tenant) {
        published(job, tenant, T0);
    }

    /** As often as a test asks: records and events of a job stay as many. */
    private void published(String job, String tenant, Instant at) {
        if (evidence.hasEvent(job)) {
            return;
        }
        evidence.addRecord(job, PlainJob.of(tenant, job, "m", job, OutputSize.K1), at);
        RenderCompleted sample = SampleEvents.completed(job, false);
        evidence.addEvent(new RenderCompleted(
                sample.job(),
                false,
                sample.images(),
                sample.model(),
                sample.attempts(),
                sample.usage(),
                new Cost(PRICE, "1"),
                sample.latency(),
                sample.provenance()));
        evidence.addBill(job, 1);
        evidence.addCall(job, new BilledCall("m", T0.plusSeconds(1), PRICE, false));
    }

    private void counted(String job, long spent) {
        JobReading before = schedulers.jobs().get(job);
        schedulers.addJob(job, new JobReading(before == null ? T0 : before.acceptedAt(), true, spent, 0));
    }

    private void account(String tenant, long reserved, long spent) {
        schedulers.accounts().removeIf(account -> account.tenant().equals(tenant));
        schedulers.addAccount(new AccountReading("tenant", tenant, null, reserved, 0, spent));
        schedulers.addAccount(new AccountReading("tenant_day", tenant, "2026-11-30", reserved, 0, spent));
        long fleet = schedulers.accounts().stream()
                .filter(account -> account.scope().equals("tenant"))
                .mapToLong(AccountReading::spent)
                .sum();
        schedulers.accounts().removeIf(account -> account.scope().equals("fleet_day"));
        schedulers.addAccount(new AccountReading("fleet_day", "", "2026-11-30", reserved, 0, fleet));
    }

    private void found(Breach... breaches) {
        assertThat(Judge.judge(evidence, EnumSet.allOf(Breach.class)).broken().keySet())
                .containsExactlyInAnyOrderElementsOf(List.of(breaches));
    }
}
