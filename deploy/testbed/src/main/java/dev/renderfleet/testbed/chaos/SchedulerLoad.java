package dev.renderfleet.testbed.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.audit.ParallelReads;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.RecordSender;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.audit.SchedulerEvidence;
import dev.renderfleet.testbed.audit.SchedulerEvidence.AccountReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.JobReading;
import dev.renderfleet.testbed.audit.SchedulerEvidence.SpendingLimit;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands the jobs of a run over by all doors, a portion at a time, so that some always wait; sets shares and caps, and reads at the end what
 * the schedulers say. For one thread.
 */
final class SchedulerLoad implements AutoCloseable {

    private static final int PORTIONS = 8;
    /** About half of what a tenant's jobs cost. */
    private static final long CAP_USD_MICROS_PER_JOB = 18_000;

    private static final Set<String> FINAL_STATES = Set.of("completed", "failed", "rejected", "canceled");

    private static final Duration LOOK = Duration.ofMillis(200);

    private final ChaosPlan plan;
    private final Workload workload;
    private final SchedulerApi api;
    private final EventTracker events;
    private final JobPublisher direct;
    private final JobPublisher requests;
    private final RecordSender invalid;
    private final JobCodec codec = new JobCodec();
    private final SchedulerEvidence evidence = new SchedulerEvidence();
    private final Map<String, Integer> refused = new HashMap<>();
    private final LocalDate begun = LocalDate.now(ZoneOffset.UTC);

    SchedulerLoad(
            ChaosPlan plan, Workload workload, Members schedulers, EventTracker events, SandboxEndpoints sandbox) {
        KafkaCluster kafka = SandboxCluster.kafka(sandbox);
        this.plan = plan;
        this.workload = workload;
        this.api = new SchedulerApi(schedulers);
        this.events = events;
        this.direct = new JobPublisher(kafka);
        this.requests = new JobPublisher(kafka, Topics.REQUESTS);
        this.invalid = new RecordSender(kafka, Topics.REQUESTS);
    }

    /** Sets weights and caps, then hands all jobs over. Blocks while too many of them wait. */
    void run() throws InterruptedException {
        for (TenantTerms tenant : TenantTerms.values()) {
            api.put(path(tenant, "share"), Map.of("weight", tenant.weight()));
            if (tenant.cap() != TenantTerms.Cap.NONE) {
                setCap(tenant, cap());
            }
        }
        List<RenderJob> all = workload.records();
        Set<String> handedOver = new HashSet<>();
        for (int portion = 0; portion < PORTIONS; portion++) {
            List<RenderJob> jobs = all.subList(portion * all.size() / PORTIONS, (portion + 1) * all.size() / PORTIONS);
            // Half of all jobs wait: more than tenants at their caps leave.
            while (events.outcomes() < handedOver.size() - plan.jobs() / 2 && !isStuck()) {
                TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            }
            handOver(portion, jobs);
            jobs.forEach(job -> handedOver.add(Workload.id(job)));
        }
    }

    private boolean isStuck() {
        return events.lastProgress().isBefore(Instant.now().minus(plan.patience()));
    }

    private void handOver(int portion, List<RenderJob> jobs) throws InterruptedException {
        requests.publish(by(Door.REQUESTS, jobs));
        refuse("broken-" + plan.seed() + "-" + portion);
        var lines = new ByteArrayOutputStream();
        List<RenderJob> rest = by(Door.REST, jobs);
        for (int i = 0; i < rest.size(); i++) {
            byte[] job = codec.encode(rest.get(i));
            if (i % 5 == 0) {
                api.submit(job);
            } else {
                lines.writeBytes(job);
                lines.write('\n');
            }
        }
        api.submitLines(lines.toByteArray());
        while (events.outcomes() == 0 && !isStuck()) {
            // A scheduler counts the outcomes that come after its first start.
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
        direct.publish(by(Door.DIRECT, jobs));
        jobs.stream()
                .filter(job -> workload.doors().get(Workload.id(job)) != Door.DIRECT)
                .forEach(job -> evidence.addRequest(
                        Workload.id(job),
                        job.tenant(),
                        TenantTerms.of(job.tenant()).weight()));
    }

    /** A request without prompt; the scheduler publishes its outcome. */
    private void refuse(String key) throws InterruptedException {
        String tenant = TenantTerms.of(0).tenant();
        byte[] request = "{\"tenant\":\"%s\",\"idempotencyKey\":\"%s\",\"model\":\"nano-banana\"}"
                .formatted(tenant, key)
                .getBytes(StandardCharsets.UTF_8);
        String id = JobId.of(tenant, key).value();
        invalid.send(id.getBytes(StandardCharsets.UTF_8), request);
        refused.put(id, 1);
    }

    private List<RenderJob> by(Door door, List<RenderJob> jobs) {
        return jobs.stream()
                .filter(job -> workload.doors().get(Workload.id(job)) == door)
                .toList();
    }

    /** The events that must come, by job. */
    Map<String, Integer> expected() {
        Map<String, Integer> expected = workload.eventsByJob();
        expected.putAll(refused);
        return expected;
    }

    /** Those that must come before caps are lifted. */
    Map<String, Integer> expectedWithCaps() {
        Map<String, Integer> expected = expected();
        workload.records().stream()
                .filter(job -> TenantTerms.of(job.tenant()).cap() != TenantTerms.Cap.NONE)
                .forEach(job -> expected.remove(Workload.id(job)));
        return expected;
    }

    /** Lifts all caps. Returns how many jobs waited. */
    int liftCaps() {
        int waiting = 0;
        for (JsonNode tenant : api.get("/v1/queue").json().path("tenants")) {
            waiting += tenant.path("waiting").asInt();
        }
        Instant now = Instant.now();
        long days = 1 + ChronoUnit.DAYS.between(begun, LocalDate.ofInstant(now, ZoneOffset.UTC));
        for (TenantTerms tenant : TenantTerms.values()) {
            if (tenant.cap() != TenantTerms.Cap.NONE) {
                long periods = tenant.cap() == TenantTerms.Cap.DAY ? days : 1;
                evidence.addLimit(new SpendingLimit(tenant.tenant(), cap() * periods, now));
                setCap(tenant, null);
            }
        }
        return waiting;
    }

    private long cap() {
        return CAP_USD_MICROS_PER_JOB * plan.jobs() / TenantTerms.values().length;
    }

    private void setCap(TenantTerms tenant, @Nullable Long usdMicros) {
        String scope = tenant.cap() == TenantTerms.Cap.DAY ? "day" : "total";
        // Null is said aloud: an empty object is refused.
        api.put(path(tenant, "caps/" + scope), Collections.singletonMap("usdMicros", usdMicros));
    }

    private static String path(TenantTerms tenant, String what) {
        return "/v1/tenants/" + tenant.tenant() + "/" + what;
    }

    /** What the schedulers say when all jobs have ended, or after the plan's patience. */
    SchedulerEvidence read() throws InterruptedException {
        List<String> unread = new ArrayList<>(workload.recordsByJob().keySet());
        Instant giveUp = Instant.now().plus(plan.patience());
        while (!unread.isEmpty()) {
            ParallelReads.ask(unread, this::reading).forEach(reading -> {
                if (reading.job() != null) {
                    evidence.addJob(reading.id(), reading.job());
                }
            });
            unread.removeIf(evidence::hasEnded);
            if (Instant.now().isAfter(giveUp)) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
        Set<AccountReading> accounts = new HashSet<>();
        for (TenantTerms tenant : TenantTerms.values()) {
            for (JsonNode account : api.get(path(tenant, "accounts")).json()) {
                String scope = account.path("scope").asText();
                accounts.add(new AccountReading(
                        scope,
                        scope.equals("fleet_day") ? "" : tenant.tenant(),
                        account.path("day").asText(),
                        account.path("reserved").asLong(),
                        account.path("unknown").asLong(),
                        account.path("spent").asLong()));
            }
        }
        accounts.forEach(evidence::addAccount);
        return evidence;
    }

    private record Reading(String id, @Nullable JobReading job) {}

    private Reading reading(String id) {
        SchedulerApi.Answer answer = api.get("/v1/jobs/" + id);
        JsonNode job = answer.json();
        if (answer.status() == 404) {
            return new Reading(id, null);
        }
        return new Reading(
                id,
                new JobReading(
                        Instant.parse(job.path("acceptedAt").asText()),
                        FINAL_STATES.contains(job.path("state").asText()),
                        job.path("spentUsdMicros").asLong(),
                        job.path("unknownUsdMicros").asLong()));
    }

    @Override
    public void close() {
        api.close();
        direct.close();
        requests.close();
        invalid.close();
    }
}
