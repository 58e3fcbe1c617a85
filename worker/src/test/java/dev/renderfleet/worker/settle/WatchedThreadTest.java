package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchedThreadTest {

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final WatchedThread thread = new WatchedThread("test", clock);
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void ends() {
        end.countDown();
    }

    @Test
    void beforeItsStartNothingIsWrong() {
        assertThat(thread.fault()).isEmpty();
    }

    @Test
    void oneThatMakesTurnsIsSound() {
        thread.start(this::waits);
        clock.advance(Duration.ofMinutes(9));
        assertThat(thread.fault()).isEmpty();
        thread.beat();
        clock.advance(Duration.ofMinutes(9));
        assertThat(thread.fault()).isEmpty();
    }

    @Test
    void oneThatMakesNoTurnForTenMinutesIsNot() {
        thread.start(this::waits);
        clock.advance(Duration.ofMinutes(11));
        assertThat(thread.fault()).contains("no progress for 660 s");
    }

    @Test
    void oneThatHasEndedIsNot() {
        thread.start(() -> {});
        Awaitility.await().until(() -> thread.fault().isPresent());
        assertThat(thread.fault()).contains("the thread has ended");
    }

    @Test
    void oneThatWasToldToEndMay() throws InterruptedException {
        thread.start(this::waits);
        end.countDown();
        assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        assertThat(thread.fault()).isEmpty();
    }

    private void waits() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
