package dev.renderfleet.sandbox.simulators.bfl;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ResponseDelivery;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The accepted tasks, the answers to polls and the downloads of results. Safe for use by several threads. */
final class BflTasks {
    static final String DELIVERY = "/delivery/";

    /** How long a result can be fetched after the poll that named it, whatever the time scale. */
    static final Duration LINK_LIFE = Duration.ofMinutes(10);

    private static final int TASKS_MAX = 50_000;

    private final Map<String, Task> tasks = new LinkedHashMap<>();
    private final SimulatedPictures pictures;
    private final long seed;
    private final InstantSource clock;

    BflTasks(SimulatedPictures pictures, long seed, InstantSource clock) {
        this.pictures = pictures;
        this.seed = seed;
        this.clock = clock;
    }

    /** Its status follows from the time since it was accepted. Guarded by the map. */
    private static final class Task {
        private final String id = UUID.randomUUID().toString();
        private final String key;
        private final BflCall call;
        private final BflPlan plan;
        private final Instant accepted;
        private final Duration time;
        /** Memory that the JVM may take back: then the picture is drawn without them. */
        private final SoftReference<List<byte[]>> references;

        private @Nullable Runnable end;
        private int polls;
        private int links;

        Task(String key, BflCall call, BflPlan plan, List<byte[]> files, Instant accepted, Duration time) {
            this.key = key;
            this.call = call;
            this.plan = plan;
            this.references = new SoftReference<>(files);
            this.accepted = accepted;
            this.time = time;
        }

        boolean ended(Instant now) {
            return !plan.is("STUCK") && !now.isBefore(accepted.plus(time));
        }

        String status(Instant now) {
            if (ended(now)) {
                return plan.lastStatus();
            }
            double share = Duration.between(accepted, now).toNanos() / (double) Math.max(1, time.toNanos());
            return share < 0.2 ? "Pending" : share < 0.4 ? "Reasoning" : "Generating";
        }

        void close() {
            if (end != null) {
                end.run();
                end = null;
            }
        }
    }

    /** Starts a task and returns its id; {@code end} is run once when it ends. */
    String start(String key, BflCall call, BflPlan plan, List<byte[]> files, Duration time, Runnable end) {
        var task = new Task(key, call, plan, files, clock.instant(), time);
        task.end = end;
        synchronized (tasks) {
            tasks.put(task.id, task);
        }
        return task.id;
    }

    /** Runs the ends of the tasks that have ended; removes the oldest of too many. */
    void closeEnded() {
        Instant now = clock.instant();
        synchronized (tasks) {
            tasks.values().stream().filter(task -> task.ended(now)).forEach(Task::close);
            var oldest = tasks.values().iterator();
            while (tasks.size() > TASKS_MAX) {
                oldest.next().close();
                oldest.remove();
            }
        }
    }

    /** The answer to a poll. A task is known by its own key only. */
    HttpResponse result(String key, HttpRequest request) {
        closeEnded();
        String id = request.query("id").orElse("");
        synchronized (tasks) {
            Task task = tasks.get(id);
            if (task == null || !task.key.equals(key)) {
                return BflErrors.json(404, body(id, "status", "Task not found"));
            }
            task.polls++;
            if (task.plan.is("POLL_FAILS") && task.polls <= task.plan.number("POLL_FAILS", "count", 2)) {
                int code = task.plan.number("POLL_FAILS", "code", 503);
                return HttpResponse.text(code, "text/plain", "upstream connect error");
            }
            Instant now = clock.instant();
            String status = task.status(now);
            ObjectNode body = body(id, task.plan.is("STATE") ? "state" : "status", status);
            if (status.equals(BflPlan.READY) && !task.plan.is("NO_SAMPLE")) {
                body.putObject("result")
                        .put("sample", task.plan.option("SAMPLE_URL", "url", link(task, now, base(request))))
                        .put("seed", task.call.seed().orElse(seed));
            }
            return BflErrors.json(task.ended(now) && task.plan.is("FINAL_503") ? 503 : 200, body);
        }
    }

    private static ObjectNode body(String id, String field, String status) {
        return SimulatorJson.newObject()
                .put("id", id)
                .put(field, status)
                .putNull("result")
                .putNull("details");
    }

    /** The simulator's address as the client sees it. */
    static String base(HttpRequest request) {
        return "http://" + request.header("host").orElse("127.0.0.1") + "/" + BflSimulator.NAME;
    }

    private static String link(Task task, Instant now, String base) {
        task.links++;
        boolean dead = task.plan.is("EXPIRED") && task.links <= task.plan.number("EXPIRED", "links", Integer.MAX_VALUE);
        long end = (dead ? now : now.plus(LINK_LIFE)).toEpochMilli();
        return "%s%s%s/sample?se=%d&sig=%s".formatted(base, DELIVERY, task.id, end, signature(task.id, end));
    }

    private static String signature(String id, long end) {
        return Digests.of(id + "/" + end);
    }

    /** Sends a picture to a client that has its signed address, and no key. */
    void download(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        String id = request.path().substring(DELIVERY.length()).replaceFirst("/.*", "");
        long end = Long.parseLong(request.query("se").orElse("0"));
        Task task;
        synchronized (tasks) {
            task = tasks.get(id);
        }
        boolean signed = request.query("sig").orElse("").equals(signature(id, end));
        if (task == null
                || !signed
                || clock.millis() >= end
                || request.header("x-key").isPresent()) {
            String text = "<Error><Code>AuthenticationFailed</Code></Error>";
            exchange.respond(HttpResponse.text(403, "application/xml", text));
        } else if (task.plan.is("SAMPLE_REDIRECT")) {
            String elsewhere = task.plan.option("SAMPLE_REDIRECT", "url", "http://127.0.0.1:1/sample");
            exchange.respond(HttpResponse.text(302, "text/plain", "").withHeader("Location", elsewhere));
        } else {
            Picture picture = draw(task);
            HttpResponse answer = HttpResponse.of(200, picture.mime(), HttpResponse.bytes(picture.bytes()));
            ResponseDelivery.deliver(answer, task.plan.result().wire(), exchange);
        }
    }

    private Picture draw(Task task) throws InterruptedException {
        BflCall call = task.call;
        var photos = SimulatedPictures.photos(Objects.requireNonNullElse(task.references.get(), List.of()));
        var order = new PictureRequest(
                call.prompt(),
                call.model().id(),
                "1:1",
                "1K",
                call.width(),
                call.height(),
                call.seed().orElse(seed),
                call.mime(),
                photos,
                Style.SCENE,
                0);
        return pictures.draw(order, task.plan.imageFaults());
    }
}
