package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.settle.WatchedThread;
import java.time.InstantSource;
import java.util.Map;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class ThreadHealthTest {

    @Test
    void aThreadThatHasEndedIsNamed() {
        var consumer = new WatchedThread("jobs", InstantSource.system());
        var settler = new WatchedThread("settle", InstantSource.system());
        var threads = Map.of("consumer", consumer, "settler", settler);
        assertThat(ThreadHealth.response(threads).getStatus()).isEqualTo(Status.UP);

        settler.start(() -> {});
        Awaitility.await().until(() -> settler.fault().isPresent());

        var response = ThreadHealth.response(threads);
        assertThat(response.getStatus()).isEqualTo(Status.DOWN);
        assertThat(response.getData()).contains(Map.of("settler", "the thread has ended"));
    }
}
