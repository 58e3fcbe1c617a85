package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.BenchFleet.TimedEvent;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** How small a worker's heap may be for many large pictures at a time: less and less, until one is too small. */
final class HeapScenario {

    /** A large 4K picture. */
    static final int PICTURE_BYTES = 18_000_000;

    private static final int PICTURES = BenchFleet.SLOTS;

    /** So long that every call is out before the first answer comes. */
    static final double MODEL_SECONDS = 5;

    /** Some 15 s with heap enough; a worker that takes longer than this only collects garbage. */
    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(3);

    private static final List<Integer> HEAPS_MEBIBYTES = List.of(256, 160, 128, 96, 64, 48, 40, 32, 24);

    private HeapScenario() {}

    /**
     * One heap.
     *
     * @param bytesLeast the smallest stored picture, by the events
     * @param inFlight the most calls of the model that were out at the same time, by the events
     * @param peakResidentMebibytes the process's peak, with code, threads and buffers
     */
    record Try(
            int heapMebibytes,
            int completed,
            long bytesLeast,
            int inFlight,
            double seconds,
            double cpuSeconds,
            double peakResidentMebibytes) {

        boolean enough() {
            return completed == PICTURES;
        }
    }

    /**
     * Heaps in the order in which they were tried.
     *
     * @param smallestEnoughMebibytes the smallest with which all pictures were completed; 0 if none was enough. Where the last one
     *     tried was enough as well, smaller ones might be
     */
    record Result(int pictures, int pictureBytes, int smallestEnoughMebibytes, List<Try> tries) implements Figures {
        Result {
            tries = List.copyOf(tries);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(String.format(
                    Locale.ROOT, "Heap: %d images of %d bytes (4K PNG) at a time", pictures, pictureBytes));
            tries.forEach(one -> lines.add(String.format(
                    Locale.ROOT,
                    "  -Xmx%-4d %2d completed of %d bytes, %2d in flight at once, %5.1f s, %5.1f s CPU, peak resident %.0f MiB",
                    one.heapMebibytes(),
                    one.completed(),
                    one.bytesLeast(),
                    one.inFlight(),
                    one.seconds(),
                    one.cpuSeconds(),
                    one.peakResidentMebibytes())));
            lines.add("  smallest heap that was enough: " + smallestEnoughMebibytes + " MiB");
            return lines;
        }
    }

    static Result run(BenchFleet fleet, Consumer<String> progress) throws InterruptedException {
        fleet.model(PICTURE_BYTES, MODEL_SECONDS);
        List<Try> tries = new ArrayList<>();
        int smallest = 0;
        for (int heap : HEAPS_MEBIBYTES) {
            Try one = attempt(fleet, heap);
            tries.add(one);
            progress.accept("  -Xmx" + heap + "m: " + one.completed() + " of " + PICTURES);
            // What a worker could not finish stays in Kafka and would disturb the next one.
            if (!one.enough()) {
                break;
            }
            smallest = heap;
        }
        return new Result(PICTURES, PICTURE_BYTES, smallest, tries);
    }

    private static Try attempt(BenchFleet fleet, int heap) throws InterruptedException {
        RunningProcess worker = fleet.begin("heap-" + heap, List.of("-Xmx" + heap + "m"));
        long pid = worker.part().pid();
        List<RenderJob> jobs = fleet.jobs("heap-" + heap, PICTURES, OutputSize.K4);
        boolean enough = false;
        try (EventConsumer reader = fleet.reader();
                JobPublisher publisher = fleet.publisher()) {
            fleet.awaitReady(worker);
            long start = System.nanoTime();
            publisher.publish(jobs);
            Map<String, TimedEvent> arrivals = BenchFleet.arrivals(reader, jobs, OUTCOMES_MAX);
            double seconds = (System.nanoTime() - start) / 1e9;
            List<RenderCompleted> completed = arrivals.values().stream()
                    .filter(arrival -> arrival.event() instanceof RenderCompleted)
                    .map(TimedEvent::completed)
                    .toList();
            enough = completed.size() == PICTURES;
            boolean alive = worker.part().alive();
            return new Try(
                    heap,
                    completed.size(),
                    completed.stream()
                            .mapToLong(event -> event.images().getFirst().bytes())
                            .min()
                            .orElse(0),
                    inFlight(completed),
                    seconds,
                    alive ? Processes.cpu(pid).toMillis() / 1e3 : 0,
                    Processes.peakResidentMebibytes(pid));
        } catch (UserError notReady) {
            return new Try(heap, 0, 0, 0, 0, 0, 0);
        } finally {
            if (enough) {
                fleet.stop(worker);
            } else {
                fleet.kill(worker);
            }
        }
    }

    /** The most calls that overlap: at the start of one of them. */
    private static int inFlight(List<RenderCompleted> events) {
        List<Attempt> calls =
                events.stream().map(event -> event.attempts().getLast()).toList();
        return calls.stream()
                .mapToInt(one -> (int) calls.stream()
                        .filter(other -> !other.startedAt().isAfter(one.startedAt())
                                && end(other).isAfter(one.startedAt()))
                        .count())
                .max()
                .orElse(0);
    }

    private static Instant end(Attempt call) {
        return call.startedAt().plusMillis(call.durationMillis());
    }
}
