package dev.renderfleet.sandbox.simulators.dashscope;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.SimulatedTask;
import dev.renderfleet.sandbox.simulators.SimulatedTasks;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import dev.renderfleet.sandbox.simulators.WireFault;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is answered about tasks and calls, and the downloads of their pictures from signed addresses. A call that waits has a
 * task too, which no key can ask for. Safe for use by several threads.
 */
final class DashScopeTasks {
    static final String PATH = "/oss/";

    /** How long a task is known after it was accepted, whatever the time scale. */
    static final Duration TASK_LIFE = Duration.ofHours(24);

    /** How long a picture can be fetched after the answer that named it, whatever the time scale. */
    static final Duration LINK_LIFE = Duration.ofHours(24);

    /** How much of its time a task is pending. */
    private static final double PENDING_SHARE = 0.2;

    private static final Pattern FILE = Pattern.compile(Pattern.quote(PATH) + "([0-9a-f-]{36})/(\\d{1,2})\\.png");

    private final SimulatedTasks<Work> tasks;
    private final InstantSource clock;

    DashScopeTasks(SimulatedTasks<Work> tasks, InstantSource clock) {
        this.tasks = tasks;
        this.clock = clock;
    }

    record Work(DashScopeCall call, DashScopePlan plan) {
        int images() {
            return plan.images(call.count());
        }
    }

    /** The answer to the submission. */
    static ObjectNode accepted(String id) {
        ObjectNode body = SimulatorJson.newObject();
        body.putObject("output").put("task_id", id).put("task_status", "PENDING");
        return body;
    }

    /** The answer to a poll: HTTP 200 also where the task failed or is not known. */
    HttpResponse poll(String key, String id, String address) {
        tasks.closeEnded();
        Optional<SimulatedTask<Work>> found = tasks.find(id, key);
        if (found.isEmpty()) {
            ObjectNode body = accepted(id);
            body.withObject("/output").put("task_status", "UNKNOWN");
            return DashScopeError.answer(200, body);
        }
        SimulatedTask<Work> task = found.get();
        return task.pollFault().orElseGet(() -> state(task, address));
    }

    private HttpResponse state(SimulatedTask<Work> task, String address) {
        ObjectNode body = accepted(task.id());
        String status = status(task);
        ObjectNode output = body.withObject("/output")
                .put("task_status", status)
                .put("submit_time", task.accepted().toString());
        if (status.equals("FAILED") || status.equals("SUCCEEDED")) {
            output.put("scheduled_time", task.reached(PENDING_SHARE).toString())
                    .put("end_time", task.reached(1).toString());
        }
        if (status.equals("FAILED")) {
            task.work()
                    .plan()
                    .failure()
                    .ifPresent(error -> output.put("code", error.code()).put("message", error.message()));
        } else if (status.equals("SUCCEEDED")) {
            write(task, address, body);
        }
        return DashScopeError.answer(200, body);
    }

    private String status(SimulatedTask<Work> task) {
        Instant now = clock.instant();
        DashScopePlan plan = task.work().plan();
        double progress = task.progress(now);
        if (!now.isBefore(task.accepted().plus(TASK_LIFE))) {
            return "UNKNOWN";
        }
        if (task.isCanceled()) {
            return "CANCELED";
        }
        if (plan.task().is("STUCK")) {
            return plan.task().option("STUCK", "status", "RUNNING");
        }
        if (progress >= 1) {
            return plan.lastStatus();
        }
        return progress < PENDING_SHARE
                ? "PENDING"
                : plan.task().is("SUSPENDED") && progress < 0.6 ? "SUSPENDED" : "RUNNING";
    }

    /** Cancels a pending task; refuses to cancel another. */
    HttpResponse cancel(String key, String id) {
        Optional<SimulatedTask<Work>> pending =
                tasks.find(id, key).filter(task -> status(task).equals("PENDING"));
        pending.ifPresent(SimulatedTask::cancel);
        return pending.isPresent()
                ? DashScopeError.answer(200, SimulatorJson.newObject())
                : DashScopeError.UNSUPPORTED_OPERATION.because("Failed to cancel the task, it is not PENDING");
    }

    /** Writes output and usage of a call that succeeded. */
    void write(SimulatedTask<Work> task, String address, ObjectNode body) {
        int images = task.work().images();
        TaskPlan plan = task.work().plan().task();
        ObjectNode output = body.withObject("/output");
        if (plan.is("OLD_OUTPUT") || task.work().call().model().services().contains(DashScopeService.TEXT2IMAGE)) {
            var list = output.putArray("results");
            for (int number = 0; number < images; number++) {
                list.addObject().put("url", link(task, number, address));
            }
        } else if (!plan.is("NO_CHOICES")) {
            ObjectNode choice = output.putArray("choices").addObject().put("finish_reason", "stop");
            var content = choice.putObject("message").put("role", "assistant").putArray("content");
            for (int number = 0; number < images; number++) {
                content.addObject().put("image", link(task, number, address));
            }
            if (plan.is("TEXT_ONLY")) {
                content.addObject().put("text", "I would rather describe it.");
            }
        }
        usage(task.work().call(), plan, images, body);
    }

    private static void usage(DashScopeCall call, TaskPlan plan, int images, ObjectNode body) {
        var wire = plan.answer().wire();
        ObjectNode usage = body.putObject("usage");
        if (wire.contains(WireFault.WRONG_TYPES)) {
            usage.put("image_count", "many").put("output_image_count", true);
        } else if (call.model().newUsage() != plan.is("OTHER_USAGE")) {
            usage.put("output_width", call.width())
                    .put("output_height", call.height())
                    .put("output_image_count", images)
                    .put("input_image_count", call.references().size());
        } else {
            usage.put("width", call.width()).put("height", call.height()).put("image_count", images);
        }
        if (wire.contains(WireFault.NO_USAGE)) {
            body.remove("usage");
        }
        if (wire.contains(WireFault.NULLS)) {
            body.putNull("code").putNull("message");
        }
        if (wire.contains(WireFault.UNKNOWN_FIELDS)) {
            body.putObject("x_new").put("answer", 42);
        }
    }

    private String link(SimulatedTask<Work> task, int number, String address) {
        long end = task.linkEnd(clock.instant(), LINK_LIFE).getEpochSecond();
        String path = PATH + task.id() + "/" + number + ".png";
        String own = "%s%s?Expires=%d&OSSAccessKeyId=simulated&Signature=%s"
                .formatted(address, path, end, signature(path, end));
        return task.work().plan().task().option("RESULT_URL", "url", own);
    }

    private static String signature(String path, long end) {
        return Digests.of(path + "?" + end);
    }

    /** Sends a picture to a client that has its signed address, and no Authorization header. */
    void download(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        Matcher file = FILE.matcher(request.path());
        long end = Long.parseLong(request.query("Expires").orElse("0"));
        Optional<SimulatedTask<Work>> task = file.matches() ? tasks.find(file.group(1)) : Optional.empty();
        boolean signed = request.query("Signature").orElse("").equals(signature(request.path(), end));
        if (task.isEmpty() || !signed || clock.millis() >= end * 1_000) {
            exchange.respond(refusal("AccessDenied", "Request has expired."));
        } else if (request.header("authorization").isPresent()) {
            exchange.respond(refusal("SignatureDoesNotMatch", "Two signatures were sent."));
        } else {
            DashScopeCall call = task.get().work().call();
            long seed = call.seed() + Integer.parseInt(file.group(2));
            var order = task.get().order(call.facts(), call.width(), call.height(), seed, "image/png");
            tasks.deliver(task.get(), order, exchange);
        }
    }

    private static HttpResponse refusal(String code, String message) {
        return HttpResponse.text(
                403,
                "application/xml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
                        .formatted(code, message));
    }
}
