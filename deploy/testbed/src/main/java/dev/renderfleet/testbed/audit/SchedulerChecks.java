package dev.renderfleet.testbed.audit;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.audit.JobEvidence.PublishedEvent;
import dev.renderfleet.testbed.audit.SchedulerEvidence.AccountReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.JobReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.Request;
import dev.renderfleet.testbed.audit.SchedulerEvidence.SpendingLimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Whether schedulers kept to caps and shares, and count what was spent. A function of the evidence. For one thread. */
final class SchedulerChecks {

    /**
     * How many later jobs of other tenants may be released before a job beyond their share: windows are filled by partition, and a new
     * leader begins without a memory of turns.
     */
    static final int OVERTAKING_MAX = 40;

    private final Evidence evidence;
    private final SchedulerEvidence schedulers;
    private final List<Finding> found = new ArrayList<>();

    SchedulerChecks(Evidence evidence, SchedulerEvidence schedulers) {
        this.evidence = evidence;
        this.schedulers = schedulers;
    }

    /** A broken promise to a job or a tenant. */
    record Finding(Breach breach, String subject, String what) {}

    /** A job in the line of a model. */
    private record Released(String jobId, Request request, String model, Instant acceptedAt, Instant releasedAt) {}

    private record Money(long reserved, long unknown, long spent) {
        static final Money NONE = new Money(0, 0, 0);

        Money plus(Money other) {
            return new Money(reserved + other.reserved, unknown + other.unknown, spent + other.spent);
        }
    }

    List<Finding> findings() {
        schedulers.limits().forEach(this::overspent);
        unbalanced();
        evidence.jobs().forEach(this::miscounted);
        schedulers.requests().keySet().forEach(this::unfinished);
        released().values().forEach(this::overtaken);
        return found;
    }

    private void overspent(SpendingLimit limit) {
        long billed = schedulers.requests().entrySet().stream()
                .filter(request -> request.getValue().tenant().equals(limit.tenant()))
                .map(request -> evidence.jobs().get(request.getKey()))
                .filter(Objects::nonNull)
                .flatMap(job -> evidence.billOf(job.prompt()).stream())
                .filter(call -> call.at().isBefore(limit.until()))
                .mapToLong(BilledCall::usdMicros)
                .sum();
        if (billed > limit.usdMicros()) {
            found.add(new Finding(
                    Breach.OVERSPENT, limit.tenant(), "billed " + billed + " USD micros, cap " + limit.usdMicros()));
        }
    }

    /** All accounts of a kind are the same money, and that of a tenant is what its jobs cost. */
    private void unbalanced() {
        Map<String, Map<String, Money>> sums = new TreeMap<>();
        for (AccountReading account : schedulers.accounts()) {
            Map<String, Money> scope = sums.computeIfAbsent(account.scope(), _ -> new TreeMap<>());
            Money money = new Money(account.reserved(), account.unknown(), account.spent());
            scope.merge(account.tenant(), money, Money::plus);
            if (account.reserved() > 0) {
                found.add(new Finding(Breach.UNBALANCED, account.toString(), "is reserved when all jobs have ended"));
            }
        }
        Map<String, Money> byTenant = new HashMap<>();
        schedulers.jobs().forEach((id, job) -> {
            JobEvidence file = evidence.jobs().get(id);
            Request request = schedulers.requests().get(id);
            RenderJob published = file == null ? null : file.job();
            String tenant = request != null ? request.tenant() : published != null ? published.tenant() : "";
            byTenant.merge(tenant, new Money(0, job.unknown(), job.spent()), Money::plus);
        });
        Money all = byTenant.values().stream().reduce(Money.NONE, Money::plus);
        byTenant.forEach((tenant, due) -> {
            differs(sums, "tenant", tenant, due);
            differs(sums, "tenant_day", tenant, due);
        });
        differs(sums, "fleet_day", "", all);
    }

    private void differs(Map<String, Map<String, Money>> sums, String scope, String tenant, Money due) {
        Money is = sums.getOrDefault(scope, Map.of()).getOrDefault(tenant, Money.NONE);
        if (is.unknown() != due.unknown() || is.spent() != due.spent()) {
            found.add(new Finding(Breach.UNBALANCED, scope + " " + tenant, "accounts " + is + ", jobs " + due));
        }
    }

    private void miscounted(String id, JobEvidence job) {
        long cost =
                job.firstEvents().stream().mapToLong(PublishedEvent::usdMicros).sum();
        JobReading reading = schedulers.jobs().get(id);
        long counted = reading == null ? 0 : reading.spent() + reading.unknown();
        if (cost != counted) {
            found.add(new Finding(Breach.MISCOUNTED, id, "costs " + cost + " by its event, counted " + counted));
        }
    }

    private void unfinished(String id) {
        JobReading reading = schedulers.jobs().get(id);
        if (reading == null || !reading.terminal()) {
            found.add(new Finding(
                    Breach.STARVED, id, reading == null ? "was accepted and is not known" : "has no final state"));
        }
    }

    /** By model. Without those of tenants that a cap may have stopped. */
    private Map<String, List<Released>> released() {
        List<Released> all = new ArrayList<>();
        schedulers.requests().forEach((id, request) -> {
            JobEvidence job = evidence.jobs().get(id);
            JobReading reading = schedulers.jobs().get(id);
            RenderJob published = job == null ? null : job.job();
            if (job != null && published != null && reading != null && !schedulers.isLimited(request.tenant())) {
                String model = Objects.requireNonNullElse(published.model(), "");
                all.add(new Released(id, request, model, reading.acceptedAt(), job.publishedAt()));
            }
        });
        return all.stream().collect(groupingBy(Released::model));
    }

    private void overtaken(List<Released> line) {
        for (Released job : line) {
            List<Released> meanwhile = line.stream()
                    .filter(other -> other.releasedAt().isBefore(job.releasedAt())
                            && !other.releasedAt().isBefore(job.acceptedAt()))
                    .toList();
            long own = meanwhile.stream()
                    .filter(other -> other.request().equals(job.request()))
                    .count();
            Map<String, Integer> others = meanwhile.stream()
                    .filter(other -> !other.request().equals(job.request())
                            && other.acceptedAt().isAfter(job.acceptedAt()))
                    .collect(groupingBy(other -> other.request().tenant(), summingInt(_ -> 1)));
            int overtaking =
                    others.values().stream().mapToInt(Integer::intValue).sum();
            long share = (own + 1)
                    * line.stream()
                            .map(Released::request)
                            .distinct()
                            .filter(other -> others.containsKey(other.tenant()))
                            .mapToInt(Request::weight)
                            .sum()
                    / job.request().weight();
            if (overtaking > share + OVERTAKING_MAX) {
                found.add(new Finding(
                        Breach.STARVED,
                        job.jobId(),
                        overtaking + " later jobs of other tenants were released before it, their share is " + share));
            }
        }
    }
}
