package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The packaged scheduler beside a real PostgreSQL, and without it. */
class SchedulerIT {

    private static final Duration SOON = Duration.ofMinutes(1);

    @Test
    void isReadyWithPostgresAndSaysSoWhenItIsGoneWhileItStaysAlive() throws Exception {
        var paths = TestFleet.paths("scheduler");
        try (var sandbox = SandboxProcess.start("--without", "kafka", "--without", "s3", "--without", "simulators");
                var system = FleetSystem.begin(paths, false, _ -> {});
                var http = HttpClient.newHttpClient()) {
            var scheduler = system.startScheduler(FleetSystem.schedulerEnvironment(sandbox.endpoints()));
            system.awaitReady(scheduler);

            assertThat(get(http, scheduler, "/q/health/ready").body())
                    .contains("\"status\": \"UP\"")
                    .contains("Database connections health check");
            assertThat(get(http, scheduler, "/q/health/live").statusCode()).isEqualTo(200);
            HttpResponse<String> metrics = get(http, scheduler, "/q/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body()).contains("jvm_memory_used_bytes");

            sandbox.kill();

            Awaitility.await("readiness gone")
                    .atMost(SOON)
                    .until(() -> get(http, scheduler, "/q/health/ready").statusCode() == 503);
            assertThat(get(http, scheduler, "/q/health/ready").body()).contains("\"status\": \"DOWN\"");
            assertThat(get(http, scheduler, "/q/health/live").statusCode()).isEqualTo(200);
            assertThat(scheduler.part().alive()).isTrue();
        }
    }

    private static HttpResponse<String> get(HttpClient http, FleetSystem.RunningProcess running, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + running.httpPort() + path);
        return http.send(HttpRequest.newBuilder(uri).timeout(SOON).build(), HttpResponse.BodyHandlers.ofString());
    }
}
