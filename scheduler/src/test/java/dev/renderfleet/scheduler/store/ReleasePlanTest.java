package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Released;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A release by a plan that PostgreSQL made when the queue was empty. */
class ReleasePlanTest {

    private static final int FORMER = 20_000;
    private static final int BACKLOG = 200_000;
    private static final int RELEASE = 500;

    /** Enough for the driver and PostgreSQL to keep one plan for all later executions. */
    private static final int FIRST_RELEASES = 15;

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    /** As a join the release took 24 s: longer than a leader's transaction may take. */
    @Test
    void aBacklogThatTheStatisticsDoNotKnowIsReleasedInTime() {
        try (var test = TestDatabase.create()) {
            var store = new ReleaseStore(test.database(), Caps.NONE);
            long epoch = test.lead();
            queue(test, 1, FORMER);
            execute(test, "DELETE FROM ready WHERE job_no < " + FORMER);
            execute(test, "VACUUM ANALYZE ready");
            for (int i = 0; i < FIRST_RELEASES; i++) {
                assertThat(release(store, epoch, 1).gone()).hasSize(RELEASE);
            }
            queue(test, FORMER + 1, FORMER + BACKLOG);

            assertThat(release(store, epoch, FORMER + BACKLOG / 2).reserved()).hasSize(RELEASE);
        }
    }

    private static void queue(TestDatabase test, int from, int to) {
        execute(
                test,
                "INSERT INTO ready (flow_no, job_no) SELECT 1, job FROM generate_series(%d, %d) job"
                        .formatted(from, to));
    }

    private static void execute(TestDatabase test, String sql) {
        test.database().read(handle -> handle.execute(sql));
    }

    private static Released release(ReleaseStore store, long epoch, int from) {
        List<Candidate> candidates = LongStream.range(from, from + RELEASE)
                .mapToObj(job -> new Candidate(job, 1, 1, 0, new Demand(100, 200)))
                .toList();
        return store.release(epoch, candidates, List.of(), NOW);
    }
}
