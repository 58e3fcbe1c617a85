package dev.renderfleet.testbed.system;

import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads applications' metrics at {@code /q/metrics}. Safe for use by many threads. */
public final class Metrics implements AutoCloseable {

    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * The value of a metric without labels; empty if there is none or no response within 2 s, such as from a paused process.
     *
     * @param name in Prometheus notation
     */
    public OptionalDouble read(RunningProcess application, String name) {
        URI metrics = URI.create("http://127.0.0.1:" + application.httpPort() + "/q/metrics");
        var request =
                HttpRequest.newBuilder(metrics).header("Accept", "text/plain").build();
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        try {
            // A request's time-out covers the response's head only.
            return answer.get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst();
        } catch (ExecutionException | TimeoutException e) {
            return OptionalDouble.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalDouble.empty();
        } finally {
            answer.cancel(true);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
