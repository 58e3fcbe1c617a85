package dev.renderfleet.worker.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.worker.settle.DeliverySamples;
import dev.renderfleet.worker.settle.QuietSettler;
import java.time.InstantSource;
import java.util.Set;

/** For tests of what shows the lanes: lanes in which jobs of one model wait. */
public final class DeferredJobs {

    private DeferredJobs() {}

    /** Lanes that share a window of that size, half of it filled by jobs of that model, of which as many are deferred as do not fit. */
    public static Lanes lanes(int window, String model, int jobs) {
        var clock = InstantSource.system();
        var settlement = QuietSettler.settlement(QuietSettler.make(), clock);
        var channel = new JobChannel(settlement, window, JobChannel.BYTES_MAX, () -> {
            throw new AssertionError("gave up");
        });
        var _ = channel.messages().subscribe().with(_ -> {});
        var catalogue = ModelCatalogue.builtIn();
        var lanes = new Lanes(channel, new Router(catalogue, Set.of()), catalogue, clock);
        for (int i = 0; i < jobs; i++) {
            String job = "{\"tenant\":\"t\",\"idempotencyKey\":\"" + i + "\",\"prompt\":\"A vase\",\"model\":\"" + model
                    + "\"}";
            if (!lanes.take(DeliverySamples.of(job.getBytes(UTF_8)))) {
                throw new AssertionError("not taken");
            }
        }
        return lanes;
    }
}
