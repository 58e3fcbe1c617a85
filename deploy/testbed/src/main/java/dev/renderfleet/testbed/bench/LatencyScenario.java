package dev.renderfleet.testbed.bench;

import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.SteadyClient.Answered;
import dev.renderfleet.testbed.figures.Distribution;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a worker adds to the model's time, from the client's send to the event in the client's hands, at a modest steady rate. */
final class LatencyScenario {

    private static final int PER_SECOND = 20;
    private static final double MODEL_SECONDS = 0.2;

    /** Below what a scene takes, so the file is as the scene is, drawn once. */
    private static final int PICTURE_BYTES_LEAST = 1;

    private LatencyScenario() {}

    /**
     * All in milliseconds.
     *
     * @param added publish to event, less the model's time by the event
     * @param addedToSimulated publish to event, less the time that the simulator was set to: with the way to the model and back
     * @param queued publish to taken, by the event; so the next two
     * @param published the rest: the final ledger write, the transaction, reading the event
     */
    record Result(
            int jobs,
            int perSecond,
            double modelMillis,
            long pictureBytes,
            Distribution added,
            Distribution addedToSimulated,
            Distribution queued,
            Distribution waited,
            Distribution stored,
            Distribution published)
            implements Figures {

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(
                            Locale.ROOT,
                            "Added latency: %d jobs, %d a second, model %.0f ms, images of %d bytes; milliseconds",
                            jobs,
                            perSecond,
                            modelMillis,
                            pictureBytes),
                    Distribution.HEADING,
                    added.row("publish to event less event's model"),
                    addedToSimulated.row("publish to event less simulated"),
                    queued.row("  queued: publish to taken"),
                    waited.row("  waited: taken to called"),
                    stored.row("  stored: answered to stored"),
                    published.row("  published: stored to event read"));
        }
    }

    static Result run(BenchFleet fleet, int jobs) throws InterruptedException {
        fleet.model(PICTURE_BYTES_LEAST, MODEL_SECONDS);
        RunningProcess worker = fleet.begin("latency", List.of());
        fleet.awaitReady(worker);
        try {
            steadily(fleet, fleet.jobs("latency-warm-up", jobs, OutputSize.K1));
            return steadily(fleet, fleet.jobs("latency", jobs, OutputSize.K1));
        } finally {
            fleet.stop(worker);
        }
    }

    private static Result steadily(BenchFleet fleet, List<RenderJob> jobs) throws InterruptedException {
        List<Double> added = new ArrayList<>();
        List<Double> addedToSimulated = new ArrayList<>();
        List<Double> published = new ArrayList<>();
        List<RenderCompleted> events = new ArrayList<>();
        for (Answered answer : SteadyClient.run(fleet, jobs, PER_SECOND)) {
            RenderCompleted event = answer.arrival().completed();
            events.add(event);
            added.add(answer.millis() - event.latency().model());
            addedToSimulated.add(answer.millis() - MODEL_SECONDS * 1e3);
            published.add(answer.millis() - event.latency().total());
        }
        return new Result(
                events.size(),
                PER_SECOND,
                MODEL_SECONDS * 1e3,
                events.getFirst().images().getFirst().bytes(),
                Distribution.of(added),
                Distribution.of(addedToSimulated),
                Distribution.of(
                        events.stream().map(event -> event.latency().queued()).toList()),
                Distribution.of(
                        events.stream().map(event -> event.latency().waited()).toList()),
                Distribution.of(
                        events.stream().map(event -> event.latency().stored()).toList()),
                Distribution.of(published));
    }
}
