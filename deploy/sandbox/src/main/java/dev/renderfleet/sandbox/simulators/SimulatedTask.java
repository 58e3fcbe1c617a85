package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import java.lang.ref.SoftReference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that a provider has accepted; how far it is follows from the time since then. Safe for use by several threads.
 *
 * @param <W> what the provider knows of it
 */
public final class SimulatedTask<W> {
    private final String id;
    private final String key;
    private final W work;
    private final TaskPlan plan;
    private final Duration time;
    /** Memory that the JVM may take back: then the pictures are drawn without them. */
    private final SoftReference<List<byte[]>> references;

    private Instant accepted = Instant.MAX;
    private @Nullable Runnable end;
    private boolean canceled;
    private int polls;
    private int links;

    /** @param key of the caller, the only one that may ask for the task */
    public SimulatedTask(String id, String key, W work, TaskPlan plan, List<byte[]> references, Duration time) {
        this.id = id;
        this.key = key;
        this.work = work;
        this.plan = plan;
        this.references = new SoftReference<>(references);
        this.time = time;
    }

    synchronized void accepted(Instant now, Runnable whenEnded) {
        accepted = now;
        end = whenEnded;
    }

    public String id() {
        return id;
    }

    public boolean isOf(String caller) {
        return key.equals(caller);
    }

    public W work() {
        return work;
    }

    public synchronized Instant accepted() {
        return accepted;
    }

    /** How much of its time is over, from 0 to 1; a task that is stuck stays below 1, a canceled one is at 1. */
    public synchronized double progress(Instant now) {
        if (canceled) {
            return 1;
        }
        double share = Duration.between(accepted, now).toNanos() / (double) Math.max(1, time.toNanos());
        boolean over = !now.isBefore(accepted.plus(time)) && !plan.is("STUCK");
        return over ? 1 : Math.min(share, Math.nextDown(1.0));
    }

    /** When that share of its time is over. */
    public synchronized Instant reached(double share) {
        return accepted.plusNanos((long) (share * time.toNanos()));
    }

    public synchronized boolean isCanceled() {
        return canceled;
    }

    public synchronized void cancel() {
        canceled = true;
        close();
    }

    synchronized void close() {
        if (end != null) {
            end.run();
            end = null;
        }
    }

    /** Counts a poll; the answer to one that is to fail. */
    public synchronized Optional<HttpResponse> pollFault() {
        polls++;
        if (!plan.is("POLL_FAILS") || polls > plan.number("POLL_FAILS", "count", 2)) {
            return Optional.empty();
        }
        int code = plan.number("POLL_FAILS", "code", 503);
        return Optional.of(HttpResponse.text(code, "text/plain", "upstream connect error"));
    }

    /** Counts a link to a result; until when it is valid. */
    public synchronized Instant linkEnd(Instant now, Duration life) {
        links++;
        boolean dead = plan.is("EXPIRED") && links <= plan.number("EXPIRED", "links", Integer.MAX_VALUE);
        return dead ? now : now.plus(life);
    }

    TaskPlan plan() {
        return plan;
    }

    /** A result to draw. */
    public PictureRequest order(SimulatedCall call, int width, int height, long seed, String mime) {
        var photos = SimulatedPictures.photos(Objects.requireNonNullElse(references.get(), List.of()));
        return new PictureRequest(
                call.prompt(), call.model(), "1:1", "1K", width, height, seed, mime, photos, Style.SCENE, 0);
    }
}
