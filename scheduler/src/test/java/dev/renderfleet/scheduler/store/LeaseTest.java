package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final Duration LENGTH = Duration.ofMinutes(1);

    private TestDatabase test;
    private Database database;
    private LeaseTable lease;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        database = test.database();
        lease = new LeaseTable(database);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void oneProcessLeadsUntilItsLeaseEndsOrIsFreed() {
        long first = lease.acquire("a", LENGTH).orElseThrow();
        assertThat(lease.acquire("b", LENGTH)).isEmpty();
        assertThat(lease.renew("b", first, LENGTH)).isFalse();
        assertThat(lease.renew("a", first, LENGTH)).isTrue();

        lease.release("a", first);
        long second = lease.acquire("b", LENGTH).orElseThrow();

        assertThat(second).isGreaterThan(first);
        assertThat(lease.renew("a", first, LENGTH)).isFalse();

        assertThat(lease.renew("b", second, Duration.ofMillis(1).negated())).isTrue();
        assertThat(lease.acquire("a", LENGTH)).isPresent();
    }

    @Test
    void aFormerLeaderCommitsNothing() {
        long first = lease.acquire("a", LENGTH).orElseThrow();
        lease.release("a", first);
        lease.acquire("b", LENGTH).orElseThrow();

        assertThatThrownBy(() -> new OffsetStore(database).begin(first, "topic", Map.of(0, 7L)))
                .isInstanceOf(LeaseLostException.class);
        assertThat(new OffsetStore(database).offsets("topic")).isEmpty();
    }

    /** A renewal does not wait for the leader's transactions; a take-over does, so that none of them ends after it. */
    @Test
    void aTakeOverWaitsForOpenTransactionsAndARenewalDoesNot() throws Exception {
        Executor threads = Thread::startVirtualThread;
        long epoch = lease.acquire("a", LENGTH).orElseThrow();
        var open = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        CompletableFuture<Boolean> transaction = CompletableFuture.supplyAsync(
                () -> database.writeAsLeader(epoch, _ -> {
                    open.countDown();
                    return await(end);
                }),
                threads);
        assertThat(open.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(lease.renew("a", epoch, Duration.ofMillis(1).negated())).isTrue();
        CompletableFuture<OptionalLong> takeOver =
                CompletableFuture.supplyAsync(() -> lease.acquire("b", LENGTH), threads);
        assertThat(waitsForALock()).isTrue();
        assertThat(takeOver).isNotDone();

        end.countDown();
        assertThat(transaction.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(takeOver.get(10, TimeUnit.SECONDS)).hasValue(epoch + 1);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean waitsForALock() {
        Awaitility.await("take-over waits")
                .atMost(Duration.ofSeconds(10))
                .until(() ->
                        database.read(handle -> handle.createQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")
                                        .mapTo(Integer.class)
                                        .one())
                                > 0);
        return true;
    }
}
