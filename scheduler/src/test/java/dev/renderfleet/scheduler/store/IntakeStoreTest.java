package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.identity.JobId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IntakeStoreTest {

    private static final String RED = "ab".repeat(32);
    private static final String BLUE = "cd".repeat(32);

    private TestDatabase test;
    private IntakeStore store;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        store = new IntakeStore(test.database(), new TenantDirectory(test.database()));
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void theSameJobIsStoredOnceAndAnotherOneUnderItsKeyIsAConflict() {
        assertThat(store.accept(List.of(job("a", RED), job("b", RED), job("a", RED), job("a", BLUE))))
                .containsExactly(Arrival.ACCEPTED, Arrival.ACCEPTED, Arrival.JOINED, Arrival.CONFLICT);
        assertThat(store.accept(List.of(job("b", BLUE), job("b", RED))))
                .containsExactly(Arrival.CONFLICT, Arrival.JOINED);

        assertThat(test.number("SELECT count(*) FROM job")).isEqualTo(2);
        assertThat(test.number("SELECT count(*) FROM ready")).isEqualTo(2);
        assertThat(test.number("SELECT sum(length(body)) FROM job_body")).isEqualTo(6);
    }

    @Test
    void jobsAndOffsetsMoveTogetherOrNotAtAll() {
        long epoch = test.lead();
        new OffsetStore(test.database()).begin(epoch, "t", Map.of(0, 5L));

        accept(epoch, new OffsetMove("t", Map.of(0, 5L), Map.of(0, 6L)), job("a", RED));
        assertThatThrownBy(() -> accept(epoch, new OffsetMove("t", Map.of(0, 5L), Map.of(0, 7L)), job("b", RED)))
                .isInstanceOf(LeaseLostException.class);

        assertThat(new OffsetStore(test.database()).offsets("t")).containsExactly(Map.entry(0, 6L));
        assertThat(test.number("SELECT count(*) FROM job")).isEqualTo(1);
    }

    @Test
    void aRequestAgainAfterTheEndIsQueuedForAReplayAndByRestItIsNot() {
        long epoch = test.lead();
        store.accept(List.of(job("a", RED)));
        test.database().write(handle -> handle.execute("DELETE FROM ready"));
        test.database().write(handle -> handle.execute("UPDATE job SET state = 1"));

        assertThat(store.accept(List.of(job("a", RED)))).containsExactly(Arrival.ENDED);
        assertThat(test.number("SELECT count(*) FROM ready")).isZero();

        accept(epoch, new OffsetMove("t", Map.of(), Map.of()), job("a", RED));
        assertThat(test.number("SELECT count(*) FROM ready")).isEqualTo(1);
    }

    /** Ids in other orders would deadlock if they were stored in them. */
    @Test
    void manyDoorsWithTheSameJobsDoNotWaitForEachOther() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<List<Arrival>>> calls = new ArrayList<>();
            for (int door = 0; door < 8; door++) {
                List<NewJob> jobs = new ArrayList<>(IntStream.range(0, 200)
                        .mapToObj(i -> job("job-" + i, RED))
                        .toList());
                if (door % 2 == 0) {
                    Collections.reverse(jobs);
                }
                calls.add(() -> store.accept(jobs));
            }
            long accepted = 0;
            for (Future<List<Arrival>> result : threads.invokeAll(calls)) {
                accepted +=
                        result.get().stream().filter(Arrival.ACCEPTED::equals).count();
            }
            assertThat(accepted).isEqualTo(200);
        }
    }

    private void accept(long epoch, OffsetMove move, NewJob job) {
        store.accept(epoch, move, List.of(job), List.of(), _ -> new OutboxRow("none", null, null));
    }

    private static NewJob job(String key, String fingerprint) {
        return new NewJob(JobId.of("shop", key).value(), fingerprint, "shop", "model", 5, new byte[] {1, 2, 3}, null);
    }
}
