package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.sandbox.simulators.BillingLedger.Entry;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.testbed.audit.Breach;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An endpoint that closes idle connections, answers with nulls now and then and is restarted: it is billed as it counts. */
@Tag("long")
class UnsteadyEndpointIT {

    private static final int JOBS = 1_000;
    private static final int WAVE = 35;
    /** Longer than idle connections live, shorter than an HTTP client trusts them unchecked. */
    private static final long WAVE_SECONDS = 7;

    private static final long RESTART_SECONDS = 60;
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(8);

    @Test
    void billsWhatTheEndpointCountsAndKnowsEveryOutcomeButOfCallsInFlightAtARestart() {
        try (TestFleet fleet = TestFleet.start("unsteady", "--time-scale", "1", "--seed", "19");
                var gateway = new RestartingGateway(
                        URI.create(fleet.sandbox().simulator("gemini").baseUrl()));
                ScheduledExecutorService clock = Executors.newScheduledThreadPool(2)) {
            fleet.simulator().latency(2, 5);
            fleet.simulator().pictureBytes(60_000);
            fleet.simulator().addRule(Rule.always("IDLE_CLOSE").option("seconds", "5"));
            fleet.simulator().addRule(Rule.always("NULLS").withProbability(0.1));
            fleet.worker(
                    "worker-1",
                    Map.of(
                            "RENDERFLEET_WORKER_SLOTS",
                            "48",
                            "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL",
                            "http://127.0.0.1:" + gateway.port() + "/gemini"));
            List<List<RenderJob>> waves = waves();
            for (int wave = 0; wave < waves.size(); wave++) {
                List<RenderJob> jobs = waves.get(wave);
                Future<?> _ = clock.schedule(() -> publish(fleet, jobs), wave * WAVE_SECONDS, TimeUnit.SECONDS);
            }
            Future<?> _ = clock.scheduleAtFixedRate(gateway::stop, RESTART_SECONDS, RESTART_SECONDS, TimeUnit.SECONDS);
            Future<?> _ =
                    clock.scheduleAtFixedRate(gateway::start, RESTART_SECONDS + 1, RESTART_SECONDS, TimeUnit.SECONDS);

            List<RenderEvent> events = fleet.awaitEvents(JOBS, LONG_ENOUGH);
            clock.shutdownNow();

            // The auditor has no record of restarts, and counts the calls that were lost in them as paid twice.
            assertThat(fleet.audit().broken().keySet()).isSubsetOf(Breach.OVERPAID);
            judge(events, fleet.simulator().ledger(10 * JOBS).entries(), gateway.stops());
        }
    }

    private static void judge(List<RenderEvent> events, List<Entry> bill, List<Instant> restarts) {
        assertThat(events).hasSize(JOBS).allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
        List<Attempt> attempts = events.stream()
                .flatMap(event -> ((RenderCompleted) event).attempts().stream())
                .toList();
        List<Attempt> drawn = with("drawn", attempts);
        List<Attempt> unknown = with(FailureCode.UNKNOWN_OUTCOME.wireName(), attempts);
        long undelivered = bill.stream()
                .filter(entry -> !entry.status().equals("delivered"))
                .count();
        System.out.printf(
                "unsteady endpoint: jobs=%d restarts=%d calls=%d drawn=%d unknown=%d undelivered=%d usdMicros=%d%n",
                JOBS,
                restarts.size(),
                bill.size(),
                drawn.size(),
                unknown.size(),
                undelivered,
                bill.stream().mapToLong(Entry::usdMicros).sum());

        assertThat(restarts).hasSizeGreaterThanOrEqualTo(3);
        assertThat(drawn).hasSize(JOBS);
        assertThat(unknown)
                .allSatisfy(attempt -> assertThat(restarts)
                        .anyMatch(restart -> !restart.isBefore(attempt.startedAt())
                                && !restart.isAfter(attempt.startedAt().plusMillis(attempt.durationMillis() + 200))));
        // A request may have been cut before the endpoint had it whole.
        assertThat(bill.size() - JOBS).isBetween(Math.toIntExact(undelivered), unknown.size());
        Map<String, Long> billed = bill.stream()
                .collect(Collectors.groupingBy(Entry::promptText, Collectors.summingLong(Entry::usdMicros)));
        assertThat(events.stream().map(RenderCompleted.class::cast)).allSatisfy(event -> {
            long counted = billed.getOrDefault(prompt(event.job().idempotencyKey()), 0L);
            if (with("drawn", event.attempts()).size() == event.attempts().size()) {
                assertThat(event.cost().usdMicros()).isEqualTo(counted);
            } else {
                assertThat(event.cost().usdMicros()).isGreaterThanOrEqualTo(counted);
            }
        });
    }

    private static List<Attempt> with(String outcome, List<Attempt> attempts) {
        return attempts.stream()
                .filter(attempt -> attempt.outcome().equals(outcome))
                .toList();
    }

    private static String prompt(String key) {
        return "Catalogue picture " + key;
    }

    private static List<List<RenderJob>> waves() {
        return IntStream.rangeClosed(0, (JOBS - 1) / WAVE)
                .mapToObj(wave -> IntStream.range(wave * WAVE, Math.min(JOBS, (wave + 1) * WAVE))
                        .mapToObj(number -> TestFleet.job("shop", "job-" + number, prompt("job-" + number)))
                        .toList())
                .toList();
    }

    private static void publish(TestFleet fleet, List<RenderJob> jobs) {
        try {
            fleet.publish(jobs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
