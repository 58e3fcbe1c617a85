package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.testbed.system.ForeignProgram;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A worker of another make with a Redis of its own, which keeps a log on disk as Kafka does, and a feeder: a program that takes jobs as
 * lines of JSON and prints outcomes.
 */
final class PeerContestant extends Contestant {

    /** Above the longest time that a job takes in any part of the comparison. */
    private static final Duration VISIBILITY = Duration.ofSeconds(60);

    private static final Duration READY_MAX = Duration.ofSeconds(30);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final PeerMake make;
    private final Path folder;
    private final Path log;
    private final Map<String, String> environment;
    private final ForeignProgram redis;
    private final ForeignProgram feeder;
    private @Nullable ForeignProgram worker;

    /** @param folder where the peer is {@linkplain PeerMake#install installed} */
    PeerContestant(PeerMake make, Path folder, BenchFleet fleet, Paths paths) throws InterruptedException {
        this.make = make;
        this.folder = folder;
        this.log = paths.state().resolve("logs").resolve(make + ".log").toAbsolutePath();
        int port = Ports.choose("", 0);
        this.environment = environment(fleet.sandbox(), port);
        Path data = paths.state().resolve("redis").resolve(make.toString()).toAbsolutePath();
        Paths.empty(data);
        this.redis = ForeignProgram.start(redis(port), Map.of(), data, log);
        this.feeder = ForeignProgram.talking(make.feeder(), environment, folder, log);
        var ready = new CountDownLatch(1);
        Thread.ofPlatform()
                .name(make + " feeder")
                .daemon()
                .start(() -> feeder.eachLine(line -> {
                    if (line.equals("ready")) {
                        ready.countDown();
                    } else {
                        outcome(line, System.nanoTime()).ifPresent(this::arrived);
                    }
                }));
        if (!ready.await(READY_MAX.toSeconds(), TimeUnit.SECONDS)) {
            close();
            throw new UserError("its feeder did not start; its log: " + log);
        }
    }

    private static List<String> redis(int port) {
        return List.of("redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--appendonly", "yes");
    }

    private static Map<String, String> environment(SandboxEndpoints sandbox, int redisPort) {
        SandboxEndpoints.S3 s3 = sandbox.store();
        SandboxEndpoints.Simulator provider = sandbox.simulator(BenchModel.GEMINI.provider());
        Map<String, String> settings = new TreeMap<>();
        settings.put("REDIS_URL", "redis://127.0.0.1:" + redisPort);
        settings.put("CONCURRENCY", Integer.toString(BenchFleet.SLOTS));
        settings.put("VISIBILITY_SECONDS", Long.toString(VISIBILITY.toSeconds()));
        settings.put("PROVIDER_URL", provider.baseUrl() + BenchModel.GEMINI.path());
        settings.put("PROVIDER_KEY", provider.apiKey());
        settings.put("S3_ENDPOINT", s3.endpoint());
        settings.put("S3_REGION", s3.region());
        settings.put("S3_BUCKET", s3.bucket());
        settings.put("S3_ACCESS_KEY", s3.accessKey());
        settings.put("S3_SECRET_KEY", s3.secretKey());
        settings.put("NODE_ENV", "production");
        return settings;
    }

    /** Reads a feeder's {@code completed ID} or {@code failed ID REASON}; empty for any other line. */
    static Optional<Outcome> outcome(String line, long nanoTime) {
        String[] words = line.split(" ", 3);
        return words.length > 1 && (words[0].equals("completed") || words[0].equals("failed"))
                ? Optional.of(new Outcome(words[1], words[0].equals("completed"), nanoTime))
                : Optional.empty();
    }

    /** A job as the feeders read it. */
    static String line(RenderJob job) {
        return MAPPER.createObjectNode()
                .put("id", BenchFleet.id(job))
                .put("prompt", job.prompt().resolved())
                .put("size", job.output().size().wireName())
                .toString();
    }

    @Override
    String title() {
        return make.toString();
    }

    @Override
    void begin(String name) {
        worker = ForeignProgram.start(make.worker(), environment, folder, log);
    }

    private ForeignProgram worker() {
        if (worker == null) {
            throw new IllegalStateException("not begun");
        }
        return worker;
    }

    @Override
    long pid() {
        return worker().pid();
    }

    @Override
    void kill() {
        worker().kill();
    }

    @Override
    void stop() {
        worker().close();
    }

    @Override
    void submit(List<RenderJob> jobs) {
        feeder.tell(jobs.stream().map(PeerContestant::line).toList());
    }

    @Override
    public void close() {
        feeder.kill();
        redis.close();
    }
}
