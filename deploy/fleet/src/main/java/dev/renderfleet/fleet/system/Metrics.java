package dev.renderfleet.fleet.system;

import dev.renderfleet.fleet.system.FleetSystem.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalDouble;

/** Reads what applications say of themselves at {@code /q/metrics}. Safe for use by many threads. */
public final class Metrics implements AutoCloseable {

    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * The present value of a metric without labels; empty if there is none or no answer within two seconds, such as from one that is
     * paused.
     *
     * @param name as Prometheus has it
     */
    public OptionalDouble read(Running application, String name) {
        URI metrics = URI.create("http://127.0.0.1:" + application.httpPort() + "/q/metrics");
        try {
            return http.send(
                            HttpRequest.newBuilder(metrics)
                                    .timeout(ANSWER_MAX)
                                    .header("Accept", "text/plain")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst();
        } catch (IOException e) {
            return OptionalDouble.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalDouble.empty();
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
