package dev.renderfleet.testbed.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What schedulers were asked for, and what they say at the end of a run. Money in millionths of a US dollar. Not thread-safe. */
public final class SchedulerEvidence {

    private final Map<String, Request> requests = new HashMap<>();
    private final Map<String, JobReading> jobs = new HashMap<>();
    private final List<AccountReading> accounts = new ArrayList<>();
    private final List<SpendingLimit> limits = new ArrayList<>();

    /** A job that was handed over. */
    record Request(String tenant, int weight) {}

    /** A job as a scheduler says it ended. */
    public record JobReading(Instant acceptedAt, boolean terminal, long spent, long unknown) {}

    /**
     * An account.
     *
     * @param scope {@code fleet_day}, {@code tenant} or {@code tenant_day}
     * @param tenant empty: the fleet's
     */
    public record AccountReading(
            String scope, String tenant, @Nullable String day, long reserved, long unknown, long spent) {}

    /** What a tenant's calls before {@code until} may cost in all. */
    public record SpendingLimit(String tenant, long usdMicros, Instant until) {}

    /** Adds a job that a scheduler has accepted, with the weight of its tenant. */
    public void addRequest(String jobId, String tenant, int weight) {
        requests.put(jobId, new Request(tenant, weight));
    }

    /** Adds what a scheduler says of a job, of any door. */
    public void addJob(String jobId, JobReading reading) {
        jobs.put(jobId, reading);
    }

    /** Adds an account, once. */
    public void addAccount(AccountReading account) {
        accounts.add(account);
    }

    public void addLimit(SpendingLimit limit) {
        limits.add(limit);
    }

    /** Whether a scheduler says that the job has ended. */
    public boolean hasEnded(String jobId) {
        JobReading reading = jobs.get(jobId);
        return reading != null && reading.terminal();
    }

    /** Whether the tenant's cap binds its order. */
    boolean isLimited(String tenant) {
        return limits.stream().anyMatch(limit -> limit.tenant().equals(tenant));
    }

    Map<String, Request> requests() {
        return requests;
    }

    Map<String, JobReading> jobs() {
        return jobs;
    }

    List<AccountReading> accounts() {
        return accounts;
    }

    List<SpendingLimit> limits() {
        return limits;
    }
}
