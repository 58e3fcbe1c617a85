package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class UncaughtFaultsTest {

    private final AtomicInteger gaveUp = new AtomicInteger();

    @Test
    void outOfMemoryInAnyThreadEndsTheProcessAndOtherFaultsDoNot() throws InterruptedException {
        run(() -> {
            throw new IllegalStateException("a library's bug");
        });
        assertThat(gaveUp).hasValue(0);

        run(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThat(gaveUp).hasValue(1);
    }

    private void run(Runnable body) throws InterruptedException {
        Thread.ofPlatform()
                .uncaughtExceptionHandler(new UncaughtFaults(gaveUp::incrementAndGet))
                .start(body)
                .join();
    }
}
