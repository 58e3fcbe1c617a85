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
        assertThat(window.tryReserve(99)).isTrue();
        assertThat(window.tryReserve(50)).isTrue();
        assertThat(window.held()).isEqualTo(2);
        window.release(50);
        assertThat(window.tryReserve(1)).isTrue();
        assertThat(window.tryReserve(1)).as("two records").isFalse();
        window.release(99);
        assertThat(window.tryReserve(99)).isTrue();
        window.release(1);
        assertThat(window.tryReserve(1)).isTrue();

        assertThat(new Window(9, 100).tryReserve(100)).isTrue();
        var full = new Window(9, 100);
        full.tryReserve(100);
        assertThat(full.tryReserve(1)).as("a hundred bytes").isFalse();
    }

    @Test
    void whoWaitsForAPlaceLearnsOfEachThatHasBecomeFreeAlsoBeforeTheWait() throws InterruptedException {
        window.tryReserve(1);
        window.tryReserve(1);
        assertThat(window.awaitRelease(Duration.ZERO)).isFalse();
        window.release(1);
        assertThat(window.awaitRelease(LONG)).isTrue();
        assertThat(window.awaitRelease(Duration.ZERO)).as("told before").isFalse();

        window.tryReserve(1);
        window.cancel(1);
        assertThat(window.held()).isEqualTo(1);
        assertThat(window.awaitRelease(Duration.ZERO)).as("nobody has left").isFalse();

        CompletableFuture<Void> later = CompletableFuture.runAsync(() -> window.release(1));
        assertThat(window.awaitRelease(LONG)).isTrue();
        later.join();
    }
}
