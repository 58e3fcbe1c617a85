package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.RecordSender;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetState;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * The least that can be done for a picture: one call of the model, decoded to disk as it arrives, one put, one record. No job is
 * read, nothing is claimed, nothing checked, nothing survives a crash. A process of its own; prints a {@link Round} a line.
 */
final class BareMinimum {

    /** About as large as an event. */
    private static final int RECORD_BYTES = 1_500;

    private final BenchModel model;
    private final BareCall call;
    private final SandboxEndpoints sandbox;
    private final Bucket bucket;
    private final RecordSender sender;
    private final Path spool;

    private BareMinimum(BenchModel model, SandboxEndpoints sandbox, RecordSender sender, Path spool) {
        this.model = model;
        this.call = new BareCall(model, sandbox);
        this.sandbox = sandbox;
        this.bucket = SandboxCluster.bucket(sandbox);
        this.sender = sender;
        this.spool = spool;
    }

    /** Arguments: model, rounds, jobs of each; one more round of warm-up goes before. */
    public static void main(String[] args) throws Exception {
        BenchModel model = BenchModel.valueOf(args[0]);
        int rounds = Integer.parseInt(args[1]);
        int jobs = Integer.parseInt(args[2]);
        Paths paths = Paths.here();
        SandboxEndpoints sandbox = FleetState.endpointsOfRunning(paths);
        Path spool = Files.createDirectories(paths.state().resolve("spool").resolve("bare-minimum"));
        try (var sender = new RecordSender(SandboxCluster.kafka(sandbox), Topics.EVENTS)) {
            var bare = new BareMinimum(model, sandbox, sender, spool);
            var mapper = new ObjectMapper();
            for (int round = 0; round <= rounds; round++) {
                String line = mapper.writeValueAsString(bare.round(round, jobs));
                if (round > 0) {
                    System.out.println(line);
                }
            }
        }
        // HTTP clients keep threads.
        System.exit(0);
    }

    private Round round(int round, int jobs) throws ExecutionException, InterruptedException {
        long self = ProcessHandle.current().pid();
        long cpu = Processes.cpu(self).toNanos();
        long sandboxCpu = Processes.cpu(sandbox.pid()).toNanos();
        long start = System.nanoTime();
        long bytes = 0;
        var slots = new Semaphore(model.calls());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> pictures = new ArrayList<>();
            for (int number = 0; number < jobs; number++) {
                int job = number;
                pictures.add(threads.submit(() -> {
                    slots.acquire();
                    try {
                        return one(round, job);
                    } finally {
                        slots.release();
                    }
                }));
            }
            for (Future<Long> picture : pictures) {
                bytes += picture.get();
            }
        }
        return Round.of(
                jobs,
                System.nanoTime() - start,
                Processes.cpu(self).toNanos() - cpu,
                Processes.cpu(sandbox.pid()).toNanos() - sandboxCpu,
                bytes);
    }

    private long one(int round, int number) throws IOException, InterruptedException {
        Path file = spool.resolve("picture-" + number);
        try {
            call.draw(number, file);
            long bytes = Files.size(file);
            String key = "assets/bare/" + round + "-" + number + ".png";
            bucket.putFile(key, file, "image/png");
            sender.send(key.getBytes(StandardCharsets.UTF_8), new byte[RECORD_BYTES]);
            return bytes;
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
