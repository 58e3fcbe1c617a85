package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The tasks that a provider has accepted, by id, and the downloads of their results; the oldest of too many are forgotten.
 * Safe for use by several threads.
 *
 * @param <W> what the provider knows of a task
 */
public final class SimulatedTasks<W> {
    private static final int TASKS_MAX = 50_000;

    private final SequencedMap<String, SimulatedTask<W>> tasks = new LinkedHashMap<>();
    private final Set<SimulatedTask<W>> running = new HashSet<>();
    private final SimulatedPictures pictures;
    private final InstantSource clock;

    public SimulatedTasks(SimulatedPictures pictures, InstantSource clock) {
        this.pictures = pictures;
        this.clock = clock;
    }

    /** Its time begins now; {@code end} runs once, at the first {@link #closeEnded} after its end or when it is canceled. */
    public void start(SimulatedTask<W> task, Runnable end) {
        task.accepted(clock.instant(), end);
        synchronized (tasks) {
            tasks.put(task.id(), task);
            running.add(task);
            if (tasks.size() > TASKS_MAX) {
                var oldest = tasks.pollFirstEntry().getValue();
                running.remove(oldest);
                oldest.close();
            }
        }
    }

    public void closeEnded() {
        Instant now = clock.instant();
        synchronized (tasks) {
            running.removeIf(task -> {
                boolean ended = task.progress(now) >= 1;
                if (ended) {
                    task.close();
                }
                return ended;
            });
        }
    }

    public Optional<SimulatedTask<W>> find(String id) {
        synchronized (tasks) {
            return Optional.ofNullable(tasks.get(id));
        }
    }

    /** A task is known by its own key only. */
    public Optional<SimulatedTask<W>> find(String id, String key) {
        return find(id).filter(task -> task.isOf(key));
    }

    /** Draws and sends a result of the task, with its faults. */
    public void deliver(SimulatedTask<W> task, PictureRequest order, HttpExchange exchange)
            throws IOException, InterruptedException {
        pictures.deliver(order, task.plan(), exchange);
    }
}
