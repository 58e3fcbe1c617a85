package dev.renderfleet.sandbox.kafka;

import dev.renderfleet.sandbox.SandboxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import kafka.tools.StorageTool;

/**
 * A broker of the sandbox's version, started as Kafka's own scripts do it, in a process of its own that ends with this one. It has not
 * the precautions of {@link KafkaNode}.
 */
final class StockBroker {
    private static final String CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA";
    private static final long STOP_SECONDS_MAX = 30;

    private final Process process;

    private StockBroker(Process process) {
        this.process = process;
    }

    /** In the child process; {@code arguments} is the file of the broker's properties. */
    public static void main(String[] arguments) {
        Thread.ofPlatform().daemon().start(StockBroker::haltWithParent);
        String[] format = {"format", "--ignore-formatted", "--cluster-id", CLUSTER, "--config", arguments[0]};
        StorageTool.execute(format, System.out);
        kafka.Kafka.main(arguments);
    }

    /** Returns while the broker starts: clients wait for it. A folder that was used before keeps its data. */
    static StockBroker start(Properties properties) throws Exception {
        Path folder = Path.of(properties.getProperty("log.dirs"));
        Path file = folder.resolveSibling(folder.getFileName() + ".properties");
        try (var out = Files.newOutputStream(file)) {
            properties.store(out, null);
        }
        Path tests = Path.of(StockBroker.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return new StockBroker(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        SandboxProcess.jar() + ":" + tests,
                        StockBroker.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolveSibling(folder.getFileName() + ".log").toFile())
                .start());
    }

    /** Ends it at once, as a crash would, or in order, as an operator would. */
    void end(boolean crash) throws InterruptedException {
        if (crash) {
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("the broker has not ended within %d s".formatted(STOP_SECONDS_MAX));
        }
    }

    private static void haltWithParent() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException _) {
            // The parent has ended, too.
        }
        Runtime.getRuntime().halt(1);
    }
}
