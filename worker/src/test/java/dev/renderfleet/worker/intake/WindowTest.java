package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WindowTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final Window window = new Window(2, 100);

    @Test
    void isBoundedByRecordsAndByBytesWhichOneRecordMayExceed() {
        assertThat(window.enter(99)).isTrue();
        assertThat(window.enter(50)).isTrue();
        assertThat(window.held()).isEqualTo(2);
        window.leave(50);
        assertThat(window.enter(1)).isTrue();
        assertThat(window.enter(1)).as("two records").isFalse();
        window.leave(99);
        assertThat(window.enter(99)).isTrue();
        window.leave(1);
        assertThat(window.enter(1)).isTrue();

        assertThat(new Window(9, 100).enter(100)).isTrue();
        var full = new Window(9, 100);
        full.enter(100);
        assertThat(full.enter(1)).as("a hundred bytes").isFalse();
    }

    @Test
    void whoWaitsForAPlaceLearnsOfEachThatHasBecomeFreeAlsoBeforeTheWait() throws InterruptedException {
        window.enter(1);
        window.enter(1);
        assertThat(window.awaitLeaving(Duration.ZERO)).isFalse();
        window.leave(1);
        assertThat(window.awaitLeaving(LONG)).isTrue();
        assertThat(window.awaitLeaving(Duration.ZERO)).as("told before").isFalse();

        window.enter(1);
        window.cancel(1);
        assertThat(window.held()).isEqualTo(1);
        assertThat(window.awaitLeaving(Duration.ZERO)).as("nobody has left").isFalse();

        CompletableFuture<Void> later = CompletableFuture.runAsync(() -> window.leave(1));
        assertThat(window.awaitLeaving(LONG)).isTrue();
        later.join();
    }
}
