package dev.renderfleet.worker.references;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Ended;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Entered;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedBulkheadTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private final SettableClock clock = new SettableClock(NOW);
    private final KeyedBulkhead bulkhead = new KeyedBulkhead(1, clock);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        bulkhead.close();
        threads.close();
        assertThat(bulkhead.waiting()).isZero();
    }

    @Test
    void theJobPublishedFirstEntersFirst() throws Exception {
        var inside = (Entered) bulkhead.enter("a", demand(0, null));
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        var jobs = new ArrayList<Future<?>>();
        for (int published : List.of(3, 1, 2)) {
            jobs.add(threads.submit(() -> {
                try (var _ = (Entered) bulkhead.enter("a", demand(published, null))) {
                    order.add(published);
                }
            }));
        }
        Awaitility.await().until(() -> bulkhead.waiting() == 3);

        inside.close();

        for (var job : jobs) {
            job.get(20, TimeUnit.SECONDS);
        }
        assertThat(order).containsExactly(1, 2, 3);
    }

    @Test
    void anotherKeyIsNotDelayed() {
        var inside = (Entered) bulkhead.enter("a", demand(0, null));
        var waiting = threads.submit(() -> bulkhead.enter("a", demand(1, null)));

        ((Entered) bulkhead.enter("b", demand(2, null))).close();

        assertThat(waiting).isNotDone();
        inside.close();
    }

    @Test
    void aDeadlineEndsTheWait() throws Exception {
        var inside = (Entered) bulkhead.enter("a", demand(0, null));
        Future<Entry> waiting = threads.submit(() -> bulkhead.enter("a", demand(1, NOW.plusMillis(50))));
        Awaitility.await().until(() -> bulkhead.waiting() == 1);

        clock.advance(Duration.ofSeconds(1));

        assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo(new Ended(new FetchOutcome.DeadlinePassed()));
        inside.close();
    }

    @Test
    void anInterruptEndsTheWait() {
        var inside = (Entered) bulkhead.enter("a", demand(0, null));
        Thread.currentThread().interrupt();

        assertThat(bulkhead.enter("a", demand(1, null))).isEqualTo(new Ended(new FetchOutcome.Aborted()));
        assertThat(Thread.interrupted()).isTrue();
        inside.close();
    }

    private static ReferenceDemand demand(int published, @Nullable Instant deadline) {
        return new ReferenceDemand("acme", List.of(), NOW.plusSeconds(published), deadline, () -> false);
    }
}
