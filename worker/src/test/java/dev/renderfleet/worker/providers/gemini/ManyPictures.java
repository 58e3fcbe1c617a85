package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A program of its own, run by {@link GeminiMemoryIT} with a small heap: 64 calls at once, each with a reference of 5 MB
 * and a picture of 18 MB. Arguments: address of the server, spool folder.
 */
final class ManyPictures {

    static final int CALLS = 64;
    static final int WARM_UPS = 3;
    private static final long PICTURE_BYTES = 18_000_000;

    private ManyPictures() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[1]);
        var model = new GeminiImageModel(
                Spool.open(folder),
                URI.create(arguments[0]),
                GoogleAccount.developerApi("key"),
                WireLimits.DEFAULT,
                InstantSource.system());
        Path reference = Files.write(Files.createTempFile("reference", ".png"), new byte[5_000_000]);
        var request = new DrawRequest(
                "gemini-nano-banana-2.1",
                "a red lamp",
                List.of(new ReferencePicture(reference, "image/png", 5_000_000, ReferenceRole.PRODUCT)),
                Output.of("1:1", OutputSize.K4),
                null,
                null,
                null,
                null,
                Duration.ofMinutes(4),
                "job/1");
        for (int i = 0; i < WARM_UPS; i++) {
            reportAllocation(model, request);
        }
        int whole = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ModelAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                answers.add(threads.submit(() -> model.draw(request, TaskLog.NONE)));
            }
            for (Future<ModelAnswer> answer : answers) {
                whole += whole(answer.get());
            }
        } finally {
            Files.delete(reference);
        }
        System.out.println(whole + " of " + CALLS + " whole");
    }

    private static void reportAllocation(GeminiImageModel model, DrawRequest request) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long nanos = threads.getCurrentThreadCpuTime();
        whole(model.draw(request, TaskLog.NONE));
        System.out.println((threads.getCurrentThreadAllocatedBytes() - bytes) / 1000 + " kB allocated, "
                + (threads.getCurrentThreadCpuTime() - nanos) / 1_000_000 + " ms CPU by one call");
    }

    private static int whole(ModelAnswer answer) {
        return switch (answer) {
            case Drawn drawn -> {
                try (drawn) {
                    yield drawn.pictures().getFirst().file().bytes() == PICTURE_BYTES ? 1 : 0;
                }
            }
            case NotDrawn _, StillRunning _ -> {
                System.out.println(answer);
                yield 0;
            }
        };
    }
}
