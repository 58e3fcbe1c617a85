package dev.renderfleet.sandbox.simulators.bfl;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.SimulatedTask;
import dev.renderfleet.sandbox.simulators.SimulatedTasks;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** The answers to polls and the downloads of results. Safe for use by several threads. */
final class BflTasks {
    static final String DELIVERY = "/delivery/";

    /** How long a result can be fetched after the poll that named it, whatever the time scale. */
    static final Duration LINK_LIFE = Duration.ofMinutes(10);

    private final SimulatedTasks<Work> tasks;
    private final long seed;
    private final InstantSource clock;

    BflTasks(SimulatedTasks<Work> tasks, long seed, InstantSource clock) {
        this.tasks = tasks;
        this.seed = seed;
        this.clock = clock;
    }

    record Work(BflCall call, BflPlan plan) {
        String status(double progress) {
            if (progress >= 1) {
                return plan.lastStatus();
            }
            return progress < 0.2 ? "Pending" : progress < 0.4 ? "Reasoning" : "Generating";
        }
    }

    /** The answer to a poll. */
    HttpResponse result(String key, String id, String address) {
        tasks.closeEnded();
        Optional<SimulatedTask<Work>> found = tasks.find(id, key);
        if (found.isEmpty()) {
            return BflErrors.json(404, body(id, "status", "Task not found"));
        }
        SimulatedTask<Work> task = found.get();
        return task.pollFault().orElseGet(() -> result(task, address));
    }

    private HttpResponse result(SimulatedTask<Work> task, String address) {
        Instant now = clock.instant();
        double progress = task.progress(now);
        TaskPlan plan = task.work().plan().task();
        String status = task.work().status(progress);
        ObjectNode body = body(task.id(), plan.is("STATE") ? "state" : "status", status);
        if (status.equals(BflPlan.READY) && !plan.is("NO_SAMPLE")) {
            body.putObject("result")
                    .put("sample", plan.option("RESULT_URL", "url", address + link(task, now)))
                    .put("seed", task.work().call().seed().orElse(seed));
        }
        return BflErrors.json(progress >= 1 && plan.is("FINAL_503") ? 503 : 200, body);
    }

    private static ObjectNode body(String id, String field, String status) {
        return SimulatorJson.newObject()
                .put("id", id)
                .put(field, status)
                .putNull("result")
                .putNull("details");
    }

    private static String link(SimulatedTask<Work> task, Instant now) {
        long end = task.linkEnd(now, LINK_LIFE).toEpochMilli();
        return "%s%s/sample?se=%d&sig=%s".formatted(DELIVERY, task.id(), end, signature(task.id(), end));
    }

    private static String signature(String id, long end) {
        return Digests.of(id + "/" + end);
    }

    /** Sends a picture to a client that has its signed address, and no key. */
    void download(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        String id = request.path().substring(DELIVERY.length()).replaceFirst("/.*", "");
        long end = Long.parseLong(request.query("se").orElse("0"));
        boolean signed = request.query("sig").orElse("").equals(signature(id, end));
        Optional<SimulatedTask<Work>> task = tasks.find(id);
        if (task.isEmpty()
                || !signed
                || clock.millis() >= end
                || request.header("x-key").isPresent()) {
            String text = "<Error><Code>AuthenticationFailed</Code></Error>";
            exchange.respond(HttpResponse.text(403, "application/xml", text));
        } else {
            BflCall call = task.get().work().call();
            var order = task.get()
                    .order(
                            call.facts(),
                            call.width(),
                            call.height(),
                            call.seed().orElse(seed),
                            call.mime());
            tasks.deliver(task.get(), order, exchange);
        }
    }
}
