package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A reader that is not ours: the console consumer that comes with Kafka, with its own Kafka clients, in a process of its own. */
final class ConsoleConsumer {

    private static final String SILENCE_MILLIS = "15000";

    private ConsoleConsumer() {}

    /** Number of events that a {@code read_committed} reader finds in the data folder of a stopped broker. */
    static long count(Path brokerData) throws IOException {
        try (var broker =
                SandboxProcess.start("--without", "postgres,s3,simulators", "--data", brokerData.toString())) {
            Process reader = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            Path.of("target", "kafka-console", "*").toString(),
                            "org.apache.kafka.tools.consumer.ConsoleConsumer",
                            "--bootstrap-server",
                            broker.endpoints().bootstrapServers(),
                            "--topic",
                            Topics.EVENTS,
                            "--from-beginning",
                            "--isolation-level",
                            "read_committed",
                            "--timeout-ms",
                            SILENCE_MILLIS))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines = reader.inputReader()) {
                return lines.lines().count();
            } finally {
                reader.destroyForcibly();
            }
        }
    }
}
