package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A worker of ours, with the JVM's defaults and a heap of 512 MB. */
final class OwnContestant extends Contestant {

    private static final Duration POLL = Duration.ofMillis(100);

    private final BenchFleet fleet;
    private final JobPublisher publisher;
    private final Thread reader;
    private volatile boolean closed;
    private @Nullable RunningProcess worker;

    OwnContestant(BenchFleet fleet) {
        this.fleet = fleet;
        this.publisher = fleet.publisher();
        EventConsumer events = fleet.reader();
        this.reader = Thread.ofPlatform().name("events").daemon().start(() -> read(events));
    }

    private void read(EventConsumer events) {
        try (events) {
            while (!closed) {
                List<RenderEvent> read = events.poll(POLL);
                long now = System.nanoTime();
                read.forEach(event -> arrived(new Outcome(event.job().jobId(), event instanceof RenderCompleted, now)));
            }
        }
    }

    @Override
    String title() {
        return "renderfleet";
    }

    @Override
    void begin(String name) {
        worker = fleet.begin(name, List.of());
    }

    private RunningProcess worker() {
        if (worker == null) {
            throw new IllegalStateException("not begun");
        }
        return worker;
    }

    @Override
    long pid() {
        return worker().part().pid();
    }

    @Override
    void kill() {
        fleet.kill(worker());
    }

    @Override
    void stop() {
        fleet.stop(worker());
    }

    @Override
    void submit(List<RenderJob> jobs) throws InterruptedException {
        publisher.publish(jobs);
    }

    @Override
    public void close() {
        closed = true;
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        publisher.close();
    }
}
