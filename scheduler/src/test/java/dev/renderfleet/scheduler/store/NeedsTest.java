package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Doors, cancellations and the settling leader at the same time, on a real PostgreSQL: no dependency is lost, and none is met too early. */
class NeedsTest {

    private static final int NEEDED = 40;
    private static final int DEPENDANTS = 120;
    private static final int DOORS = 6;
    private static final int LAST_STEPS = 20;
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String RED = "ab".repeat(32);
    private static final OffsetMove NO_MOVE = new OffsetMove("render.events", Map.of(), Map.of());

    private static TestDatabase test;

    @BeforeAll
    static void open() {
        test = TestDatabase.create();
    }

    @AfterAll
    static void close() {
        test.close();
    }

    @Test
    void noDependencyIsLost() throws Exception {
        noDependencyIsLost(1);
        noDependencyIsLost(2);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(longs = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void noDependencyIsLost(long seed) throws Exception {
        var scenario = new Scenario(seed);
        scenario.run();
        scenario.assertOutcomes();
    }

    private static final class Scenario {

        private final Random random;
        private final String tenant;
        private final long seed;
        private final long epoch = test.lead();
        private final Map<String, JobState> ends = new HashMap<>();
        private final Map<String, Set<String>> needs = new HashMap<>();
        private final Map<String, Integer> refused = new ConcurrentHashMap<>();
        private final TenantDirectory tenants = new TenantDirectory(test.database());
        private final IntakeStore intake = new IntakeStore(test.database(), tenants);
        private final CancelStore cancel = new CancelStore(test.database());
        private final SettleStore settle = new SettleStore(test.database(), tenants, Caps.NONE);
        private final WaitStore waits = new WaitStore(test.database(), (body, _, _) -> {
            String id = new String(body, StandardCharsets.UTF_8);
            refused.merge(id, 1, Integer::sum);
            return new WaitStore.Unstarted(JobState.REJECTED, event(id));
        });

        Scenario(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.tenant = "shop-" + seed;
            for (int i = 0; i < NEEDED; i++) {
                int kind = random.nextInt(10);
                ends.put(
                        id("needed-" + i),
                        kind == 0 ? JobState.FAILED : kind == 1 ? JobState.CANCELED : JobState.COMPLETED);
            }
            List<String> all = new ArrayList<>(ends.keySet().stream().sorted().toList());
            for (int i = 0; i < DEPENDANTS; i++) {
                Set<String> own = new HashSet<>();
                for (int j = random.nextInt(1, 4); j > 0; j--) {
                    own.add(all.get(random.nextInt(all.size())));
                }
                String id = id("dependant-" + i);
                needs.put(id, own);
                if (i < DEPENDANTS / 4) {
                    all.add(id);
                }
            }
        }

        private String id(String key) {
            return JobId.of(tenant, key).value();
        }

        private static OutboxRow event(String id) {
            return new OutboxRow("event-" + id, new OwnEvent(id, Map.of("a", "b"), new byte[] {1}), null);
        }

        /** Of the needed jobs those that are canceled come by a door, half of the others only by the direct one. */
        void run() throws Exception {
            List<NewJob> jobs = new ArrayList<>();
            ends.forEach((id, state) -> {
                if (state == JobState.CANCELED || id.hashCode() % 2 == 0) {
                    jobs.add(job(id, StartTerms.NONE));
                }
            });
            needs.forEach((id, own) -> jobs.add(job(id, new StartTerms(null, null, List.copyOf(own), null))));
            jobs.sort((one, other) -> one.id().compareTo(other.id()));
            Collections.shuffle(jobs, random);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int door = 0; door < DOORS; door++) {
                    List<NewJob> part = jobs.subList(door * jobs.size() / DOORS, (door + 1) * jobs.size() / DOORS);
                    running.add(threads.submit(() -> submit(part)));
                }
                running.add(threads.submit(this::cancel));
                lead();
                for (Future<?> each : running) {
                    each.get();
                }
            }
            for (int i = 0; i < LAST_STEPS; i++) {
                waits.step(epoch, NOW);
            }
        }

        private NewJob job(String id, StartTerms terms) {
            return new NewJob(id, RED, tenant, "model", 5, id.getBytes(StandardCharsets.UTF_8), null, terms);
        }

        private void submit(List<NewJob> part) {
            for (int i = 0; i < part.size(); i += 3) {
                intake.accept(part.subList(i, Math.min(part.size(), i + 3)));
            }
        }

        private void cancel() {
            ends.forEach((id, state) -> {
                Optional<Cancellation> result = Optional.empty();
                while (state == JobState.CANCELED && result.isEmpty()) {
                    result = cancel.cancel(id, _ -> event(id));
                }
            });
        }

        private void lead() {
            List<String> order = new ArrayList<>(ends.keySet().stream()
                    .filter(id -> ends.get(id) != JobState.CANCELED)
                    .sorted()
                    .toList());
            Collections.shuffle(order, random);
            for (String id : order) {
                var bill = new Bill(
                        "of-" + id,
                        "r",
                        false,
                        id,
                        RED,
                        tenant,
                        Objects.requireNonNull(ends.get(id)),
                        1,
                        0,
                        NOW,
                        new byte[] {1});
                settle.settle(epoch, NO_MOVE, List.of(bill), List.of(), List.of());
                if (random.nextBoolean()) {
                    waits.step(epoch, NOW);
                }
            }
        }

        void assertOutcomes() {
            assertThat(refused.values()).as("each once, seed %s", seed).containsOnly(1);
            needs.keySet()
                    .forEach(id ->
                            assertThat(outcome(id)).as("%s, seed %s", id, seed).isEqualTo(due(id)));
        }

        private String due(String id) {
            Set<String> own = Objects.requireNonNull(needs.get(id));
            if (own.stream().anyMatch(this::isRefused)) {
                return "refused";
            }
            return own.stream().allMatch(ends::containsKey) ? "ready" : "pending";
        }

        private boolean isRefused(String id) {
            Set<String> own = needs.get(id);
            return own == null
                    ? ends.get(id) != JobState.COMPLETED
                    : own.stream().anyMatch(this::isRefused);
        }

        private String outcome(String id) {
            String of = " FROM job j WHERE job_id = decode('" + id + "', 'hex')";
            boolean ready = test.number(
                            "SELECT count(*)" + of + " AND EXISTS (SELECT 1 FROM ready r WHERE r.job_no = j.job_no)")
                    == 1;
            boolean pending = test.number(
                            "SELECT count(*)" + of + " AND EXISTS (SELECT 1 FROM pending p WHERE p.job_no = j.job_no)")
                    == 1;
            JobState state = JobState.of((int) test.number("SELECT state" + of));
            return state == JobState.REJECTED && !ready && !pending
                    ? "refused"
                    : state == JobState.QUEUED && ready && !pending
                            ? "ready"
                            : state == JobState.QUEUED && pending && !ready
                                    ? "pending"
                                    : state + " ready=" + ready + " pending=" + pending;
        }
    }
}
