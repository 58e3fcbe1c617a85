package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.bfl.BflImageProvider;
import dev.renderfleet.worker.providers.comfy.ComfyImageProvider;
import dev.renderfleet.worker.providers.comfy.ComfyServer;
import dev.renderfleet.worker.providers.dashscope.DashScopeImageProvider;
import dev.renderfleet.worker.providers.openai.OpenAiImageProvider;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * A program of its own, run by {@link ProviderMemoryIT} with a small heap: 64 edits at once, each with a reference of 1 MB and a
 * picture of 18 MB. Arguments: provider, address and key of the server, spool folder.
 */
final class ManyDraws {
    static final int CALLS = 64;
    static final int PICTURE_BYTES = 18_000_000;
    private static final int REFERENCE_BYTES = 1_000_000;
    /** The simulators bound the calls that an account has in progress. */
    private static final int ACCOUNTS = CALLS;

    /** From the module's folder. */
    private static final Path WORKFLOWS = Path.of("..", "docs", "samples", "comfyui");

    private static final long PNG = 0x89504E470D0A1A0AL;

    private ManyDraws() {}

    public static void main(String[] arguments) throws Exception {
        Spool spool = Spool.open(Path.of(arguments[3]));
        List<ImageProvider> accounts = IntStream.range(0, ACCOUNTS)
                .mapToObj(number -> provider(arguments[0], spool, URI.create(arguments[1]), arguments[2] + number))
                .toList();
        Path reference = Files.createTempFile("reference", ".png");
        Files.write(reference, ByteBuffer.allocate(REFERENCE_BYTES).putLong(PNG).array());
        whole(draw(accounts.getFirst(), request(arguments[0], reference, CALLS)));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        System.out.println(threads.getTotalThreadAllocatedBytes() / 1_000_000 + " MB allocated by the JVM before");
        try (var calls = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ModelAnswer>> answers = IntStream.range(0, CALLS)
                    .mapToObj(number -> calls.submit(
                            () -> draw(accounts.get(number % ACCOUNTS), request(arguments[0], reference, number))))
                    .toList();
            int whole = 0;
            for (Future<ModelAnswer> answer : answers) {
                whole += whole(answer.get());
            }
            System.out.println(whole + " of " + CALLS + " whole");
        } finally {
            Files.delete(reference);
        }
    }

    private static DrawRequest request(String provider, Path reference, int number) {
        return new DrawRequest(
                model(provider),
                "a red lamp",
                List.of(new ReferencePicture(reference, "image/png", REFERENCE_BYTES, ReferenceRole.PRODUCT)),
                Output.of("1:1", OutputSize.K1),
                null,
                null,
                null,
                null,
                Duration.ofMinutes(4),
                "job/" + number);
    }

    private static String model(String provider) {
        return switch (provider) {
            case "openai" -> "gpt-image-2.6-flare";
            case "bfl" -> "flux-2-pro";
            case "comfy" -> "packshot-workflow";
            default -> "qwen-image-3.0";
        };
    }

    private static ImageProvider provider(String name, Spool spool, URI baseUrl, String key) {
        InstantSource clock = InstantSource.system();
        Pause pause = new Drain();
        return switch (name) {
            case "openai" -> new OpenAiImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, clock);
            case "bfl" -> new BflImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, clock, pause);
            case "comfy" ->
                new ComfyImageProvider(
                        spool, new ComfyServer(baseUrl, null, WORKFLOWS, Set.of()), WireLimits.DEFAULT, clock, pause);
            default -> new DashScopeImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, clock, pause);
        };
    }

    private static ModelAnswer draw(ImageProvider provider, DrawRequest request) {
        return provider.draw(request, _ -> {});
    }

    private static int whole(ModelAnswer answer) {
        if (answer instanceof Drawn drawn) {
            try (drawn) {
                return drawn.pictures().getFirst().file().bytes() == PICTURE_BYTES ? 1 : 0;
            }
        }
        System.out.println(answer);
        return 0;
    }
}
