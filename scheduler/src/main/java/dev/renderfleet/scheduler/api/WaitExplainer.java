package dev.renderfleet.scheduler.api;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.queue.Standing;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.QueueStore.FlowCount;
import dev.renderfleet.scheduler.store.QueueStore.JobPlace;
import dev.renderfleet.scheduler.store.QueueStore.Queued;
import dev.renderfleet.scheduler.why.Cause;
import dev.renderfleet.scheduler.why.Eta;
import dev.renderfleet.scheduler.why.SpendingCap;
import dev.renderfleet.scheduler.why.WaitingJob;
import dev.renderfleet.scheduler.why.Why;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Says why a job waits from what is stored, so that every scheduler gives the same answer. Safe for use by many threads. */
public final class WaitExplainer {

    /** Longer than a worker holds a job. */
    private static final Duration OUTCOME_MAX = Duration.ofHours(25);

    private static final JobCodec CODEC = new JobCodec();

    private final QueueStore store;
    private final JobPricer pricer;
    private final InstantSource clock;

    public WaitExplainer(QueueStore store, JobPricer pricer, InstantSource clock) {
        this.store = store;
        this.pricer = pricer;
        this.clock = clock;
    }

    /**
     * The answer.
     *
     * @param sentence the binding cause, or what became of the job
     * @param since when it was released, was to be canceled, or ended
     * @param causes of a job that waits, the binding one first: {@code kind}, {@code sentence} and figures
     * @param eta estimate of the release; absent while a cause has no known end
     */
    public record WhyAnswer(
            @Schema(ref = "JobId") String jobId,
            String tenant,
            @Schema(ref = "JobState") String state,

            @Schema(description = "The binding cause, or what became of the job")
            String sentence,

            @Schema(description = "When it was released, or ended") @Nullable
            Instant since,

            @Schema(type = SchemaType.ARRAY, implementation = Cause.class, description = "The binding one first")
            List<Map<String, Object>> causes,

            @Schema(description = "When it will be released; absent while a cause has no known end") @Nullable
            Instant eta) {}

    /** Empty: no job has that id of 40 hex characters. */
    Optional<WhyAnswer> explain(String id) {
        return store.place(id).map(job -> {
            Queued queued = job.queued();
            if (job.state().isTerminal()) {
                String sentence = "It has ended, %s%s."
                        .formatted(
                                job.state().wireName(), job.endedAt() == null ? "" : " at " + seconds(job.endedAt()));
                return ofNoWait(id, job, job.state().wireName(), sentence, job.endedAt());
            } else if (job.cancelAt() != null) {
                String sentence =
                        "Workers were asked at %s to make no further call for it; a call that is out is finished."
                                .formatted(seconds(job.cancelAt()));
                return ofNoWait(id, job, "canceling", sentence, job.cancelAt());
            } else if (job.releasedAt() != null || queued == null) {
                return ofNoWait(id, job, "released", released(job.releasedAt()), job.releasedAt());
            }
            Why why = why(job, queued);
            if (why.releasedAt() != null) {
                store.estimated(job.jobNo(), clock.instant(), why.releasedAt());
            }
            return new WhyAnswer(
                    id,
                    job.tenant(),
                    job.state().wireName(),
                    why.binding().sentence(),
                    null,
                    why.causes().stream().map(CauseFields::of).toList(),
                    why.releasedAt());
        });
    }

    private static WhyAnswer ofNoWait(String id, JobPlace job, String state, String sentence, @Nullable Instant since) {
        return new WhyAnswer(id, job.tenant(), state, sentence, since, List.of(), null);
    }

    private String released(@Nullable Instant since) {
        if (since == null) {
            return "It did not come by the scheduler; workers have it.";
        }
        return since.isAfter(clock.instant().minus(OUTCOME_MAX))
                ? "It waits no more: workers have had it since %s, and its outcome is not known yet."
                        .formatted(seconds(since))
                : "Workers have had it since %s without an outcome, longer than they hold a job; check that they run."
                        .formatted(seconds(since));
    }

    private Why why(JobPlace job, Queued queued) {
        Instant now = clock.instant();
        Instant leaderless = store.leaderless();
        String model = queued.flow().model();
        RenderJob own = read(queued.body());
        ModelLine line = store.lines().get(model);
        List<Account> accounts = store.accounts(job.tenantNo(), LocalDate.ofInstant(now, ZoneOffset.UTC));
        List<Cause> stops = new ArrayList<>();
        if (!pricer.isReady()) {
            stops.add(new Cause.NoWorker());
        }
        if (line != null && !line.balanced()) {
            stops.add(new Cause.Unbalanced());
        }
        long needs = pricer.demand(own).least();
        Why why = Why.of(new WaitingJob(
                now,
                model,
                leaderless,
                conditions(own, queued.ready(), stops),
                new WaitingJob.Funds(needs, needs == 0 ? List.of() : caps(accounts, now)),
                line == null || !queued.ready() ? null : line(job, queued, line, accounts, now)));
        // What is not counted to its end has no estimate.
        return queued.place() < QueueStore.COUNTED_MAX ? why : new Why(why.causes(), null);
    }

    /** A job that is ready waits neither for its time nor for other jobs. */
    private WaitingJob.Conditions conditions(RenderJob job, boolean ready, List<Cause> stops) {
        List<String> needs = new ArrayList<>(job.dependsOn());
        if (job.parent() != null) {
            needs.add(job.parent());
        }
        return ready
                ? new WaitingJob.Conditions(stops, null, List.of(), 0, null)
                : new WaitingJob.Conditions(stops, job.notBefore(), store.notCompleted(needs), 0, null);
    }

    private static List<SpendingCap> caps(List<Account> accounts, Instant now) {
        Instant tomorrow = now.truncatedTo(ChronoUnit.DAYS).plus(Duration.ofDays(1));
        List<SpendingCap> caps = new ArrayList<>();
        for (Account account : accounts) {
            Long cap = account.cap();
            if (cap != null) {
                Account.Kind kind = account.key().kind();
                caps.add(new SpendingCap(
                        SpendingCap.Scope.valueOf(kind.name()),
                        cap,
                        account.spent(),
                        account.reserved(),
                        account.unknown(),
                        kind == Account.Kind.TENANT ? null : tomorrow));
            }
        }
        return caps;
    }

    private WaitingJob.Line line(JobPlace job, Queued queued, ModelLine line, List<Account> accounts, Instant now) {
        Flow flow = queued.flow();
        List<FlowCount> all = store.flows(flow.model());
        Map<Long, Long> byFlow =
                all.stream().collect(Collectors.toMap(each -> each.flow().number(), FlowCount::waiting));
        Map<String, Long> byTenant = all.stream()
                .collect(Collectors.groupingBy(
                        each -> each.flow().tenant(), Collectors.summingLong(FlowCount::waiting)));
        // Tenant, model and priority name a flow, so no other flow has equal rank.
        List<Flow> before = all.stream()
                .filter(each -> each.waiting() > 0)
                .map(FlowCount::flow)
                .filter(each -> each.tenant().equals(flow.tenant()) && each.priority() > flow.priority())
                .toList();
        var standing = new Standing(
                isHeadBlocked(queued, accounts) ? Set.of(Parking.BUDGET) : Set.of(),
                job.running(),
                job.share().runningMax(),
                line.shares().getOrDefault(flow.tenant(), 1.0 / (line.shares().size() + 1)),
                before,
                List.of());
        long ahead = Eta.ahead(queued.place(), standing, each -> byFlow.getOrDefault(each.number(), 0L));
        long others = Eta.others(ahead, flow.tenant(), line.shares(), tenant -> byTenant.getOrDefault(tenant, 0L));
        return new WaitingJob.Line(standing, inForce(line.window(), now), ahead, others);
    }

    private boolean isHeadBlocked(Queued queued, List<Account> accounts) {
        byte[] head = queued.head();
        if (queued.place() == 0 || head == null) {
            return false;
        }
        long needs = pricer.demand(read(head)).least();
        return needs > 0 && accounts.stream().anyMatch(account -> account.free() < needs);
    }

    /** Without a hold that has ended since the leader saw it. */
    private static WindowState inForce(WindowState window, Instant now) {
        WindowState.ModelHeld hold = window.hold();
        return hold == null || hold.until().isAfter(now)
                ? window
                : new WindowState(
                        window.flights(), window.flightsMax(), window.perSecond(), window.full(), null, window.day());
    }

    private static RenderJob read(byte[] body) {
        if (CODEC.decode(body) instanceof DecodedJob.Accepted accepted) {
            return accepted.job();
        }
        throw new IllegalStateException("a stored job cannot be read");
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }
}
