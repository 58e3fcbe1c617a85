package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.Metrics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A worker that shuts down is seen by its operators until the last render is out. */
class ShutdownIT {

    private static final double RENDER_SECONDS = 8;
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    @Test
    void healthAndMetricsAnswerUntilTheLastRenderIsPublished() throws Exception {
        try (TestFleet fleet = TestFleet.start("shutdown", "--time-scale", "1");
                var metrics = new Metrics();
                var http = HttpClient.newHttpClient()) {
            fleet.simulator().latency(RENDER_SECONDS, RENDER_SECONDS);
            RunningProcess worker = fleet.worker("worker-1", Map.of());
            fleet.publish(List.of(TestFleet.job("shop", "k", "A vase that is drawn while its worker leaves")));
            Awaitility.await("the call is in progress")
                    .atMost(LONG_ENOUGH)
                    .until(() -> metrics.read(worker, "renderfleet_slots_used").orElse(0) == 1);

            ProcessHandle.of(worker.part().pid()).orElseThrow().destroy();

            Awaitility.await("it says that it leaves")
                    .atMost(LONG_ENOUGH)
                    .until(() -> get(http, worker, "ready").body().contains("shuts down"));
            int answers = 0;
            while (fleet.events().isEmpty()) {
                HttpResponse<String> ready = get(http, worker, "ready");
                HttpResponse<String> live = get(http, worker, "live");
                double renders = metrics.read(worker, "renderfleet_slots_used").orElse(-1);
                if (fleet.events().isEmpty()) {
                    assertThat(ready.statusCode()).isEqualTo(503);
                    assertThat(live.statusCode()).as(live.body()).isEqualTo(200);
                    assertThat(renders).isGreaterThanOrEqualTo(0);
                    answers++;
                }
            }
            assertThat(answers).isGreaterThan(10);
            assertThat(fleet.awaitEvents(1, LONG_ENOUGH)).singleElement().isInstanceOf(RenderCompleted.class);
            Awaitility.await("it has ended")
                    .atMost(LONG_ENOUGH)
                    .until(() -> !worker.part().alive());
        }
    }

    private static HttpResponse<String> get(HttpClient http, RunningProcess worker, String what)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + worker.httpPort() + "/q/health/" + what);
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
