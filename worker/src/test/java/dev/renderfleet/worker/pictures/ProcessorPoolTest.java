package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.proof.ProofImageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProcessorPoolTest {

    @TempDir
    Path temp;

    /** With all threads of the pool busy, a check waits for one instead of decoding on a virtual thread's carrier. */
    @ParameterizedTest
    @ValueSource(strings = {"check", "thumbnail", "integrity", "proof sheet"})
    void decodingAndDrawingWaitForAThreadOfThePool(String work) throws Exception {
        Path picture = Files.write(temp.resolve("picture.png"), TestPictures.png(1024, 1024));
        var proof = new ProofImageModel(Spool.open(temp.resolve("spool")), PixelSizes.builtIn(), 2);
        var request = new DrawRequest(
                "proof",
                "a lamp",
                List.of(),
                Output.of("1:1", OutputSize.K1),
                null,
                null,
                null,
                null,
                Duration.ofMinutes(1),
                "job/1");
        Runnable task = switch (work) {
            case "check" -> () -> PictureCheck.check(picture, "image/png", new Wanted("1:1", 0.04, OutputSize.K1));
            case "thumbnail" -> () -> PictureThumbnail.of(picture);
            case "integrity" -> () -> PictureIntegrity.damage(picture);
            default -> () -> proof.draw(request, TaskLog.NONE);
        };
        var release = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < ProcessorPool.threads(); i++) {
            threads.add(Thread.startVirtualThread(() -> ProcessorPool.run(() -> awaited(release))));
        }
        await().until(() -> ProcessorPool.waiting() == 0);
        try {
            threads.add(Thread.startVirtualThread(task));
            await().until(() -> ProcessorPool.waiting() == 1);
        } finally {
            release.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    @Test
    void runsOnPlatformThreadsAndFurtherWorkAtOnce() throws Exception {
        var found = new ArrayList<Thread>();
        Thread caller = Thread.startVirtualThread(() -> ProcessorPool.run(() -> {
            found.add(Thread.currentThread());
            return ProcessorPool.run(() -> found.add(Thread.currentThread()));
        }));
        caller.join();

        assertThat(found)
                .hasSize(2)
                .allSatisfy(thread -> assertThat(thread.isVirtual()).isFalse());
        assertThat(found.getFirst()).isSameAs(found.getLast());
    }

    @Test
    void throwsWhatTheWorkThrows() {
        assertThatIOException()
                .isThrownBy(() -> ProcessorPool.run(() -> {
                    throw new IOException("disk");
                }))
                .withMessage("disk");
    }

    @Test
    void anInterruptDoesNotLoseTheResult() throws Exception {
        var results = new ArrayList<String>();
        Thread caller = Thread.startVirtualThread(() -> {
            Thread.currentThread().interrupt();
            results.add(ProcessorPool.run(() -> "done") + Thread.currentThread().isInterrupted());
        });
        caller.join();

        assertThat(results).containsExactly("donetrue");
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
