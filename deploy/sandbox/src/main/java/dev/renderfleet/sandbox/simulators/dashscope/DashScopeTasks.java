package dev.renderfleet.sandbox.simulators.dashscope;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The accepted tasks, and the answers about them. Safe for use by several threads. */
final class DashScopeTasks {
    /** How long a task is known after it was accepted, whatever the time scale. */
    static final Duration TASK_LIFE = Duration.ofHours(24);

    private static final int TASKS_MAX = 50_000;

    private final SequencedMap<String, Task> tasks = new LinkedHashMap<>();
    private final DashScopeResults results;
    private final InstantSource clock;

    DashScopeTasks(DashScopeResults results, InstantSource clock) {
        this.results = results;
        this.clock = clock;
    }

    /** Its status follows from the time since it was accepted. Guarded by the map. */
    private static final class Task {
        private final String key;
        private final DashScopePlan plan;
        private final Instant accepted;
        private final Duration time;
        private @Nullable Runnable end;
        private boolean canceled;
        private int polls;

        Task(String key, DashScopePlan plan, Instant accepted, Duration time, Runnable end) {
            this.key = key;
            this.plan = plan;
            this.accepted = accepted;
            this.time = time;
            this.end = end;
        }

        boolean ended(Instant now) {
            return canceled || (!plan.is("STUCK") && !now.isBefore(accepted.plus(time)));
        }

        String status(Instant now) {
            if (!now.isBefore(accepted.plus(TASK_LIFE))) {
                return "UNKNOWN";
            }
            if (canceled) {
                return "CANCELED";
            }
            if (plan.is("STUCK")) {
                return plan.option("STUCK", "status", "RUNNING");
            }
            if (ended(now)) {
                return plan.failure().isPresent()
                        ? "FAILED"
                        : plan.is("CANCELED") ? "CANCELED" : plan.is("UNKNOWN") ? "UNKNOWN" : "SUCCEEDED";
            }
            double share = Duration.between(accepted, now).toNanos() / (double) Math.max(1, time.toNanos());
            return share < 0.2 ? "PENDING" : plan.is("SUSPENDED") && share < 0.6 ? "SUSPENDED" : "RUNNING";
        }

        void close() {
            if (end != null) {
                end.run();
                end = null;
            }
        }
    }

    /** Starts the task whose pictures have that id, which is the task's too; {@code end} is run once when it ends. */
    void start(String id, String key, DashScopePlan plan, Duration time, Runnable end) {
        synchronized (tasks) {
            tasks.put(id, new Task(key, plan, clock.instant(), time, end));
        }
    }

    /** Runs the ends of the tasks that have ended; removes the oldest of too many. */
    void closeEnded() {
        Instant now = clock.instant();
        synchronized (tasks) {
            tasks.values().stream().filter(task -> task.ended(now)).forEach(Task::close);
            while (tasks.size() > TASKS_MAX) {
                tasks.pollFirstEntry().getValue().close();
            }
        }
    }

    /** The answer to the submission. */
    static ObjectNode accepted(String id) {
        ObjectNode body = SimulatorJson.newObject();
        body.putObject("output").put("task_id", id).put("task_status", "PENDING");
        return body;
    }

    /** The answer to a poll: HTTP 200 also where the task failed or is not known. */
    HttpResponse poll(String key, String id, String base) {
        closeEnded();
        ObjectNode body = accepted(id);
        ObjectNode output = body.withObject("/output");
        synchronized (tasks) {
            Task task = tasks.get(id);
            if (task == null || !task.key.equals(key)) {
                output.put("task_status", "UNKNOWN");
                return DashScopeError.answer(200, body);
            }
            task.polls++;
            if (task.plan.is("POLL_FAILS") && task.polls <= task.plan.number("POLL_FAILS", "count", 2)) {
                int code = task.plan.number("POLL_FAILS", "code", 503);
                return HttpResponse.text(code, "text/plain", "upstream connect error");
            }
            String status = task.status(clock.instant());
            output.put("task_status", status).put("submit_time", task.accepted.toString());
            if (status.equals("FAILED")) {
                task.plan
                        .failure()
                        .ifPresent(error -> output.put("code", error.code()).put("message", error.message()));
            } else if (status.equals("SUCCEEDED")) {
                results.write(id, base, body);
            }
            return DashScopeError.answer(200, body);
        }
    }

    /** The answer to a cancel, which only a pending task heeds. */
    HttpResponse cancel(String key, String id) {
        synchronized (tasks) {
            Task task = tasks.get(id);
            if (task == null
                    || !task.key.equals(key)
                    || !task.status(clock.instant()).equals("PENDING")) {
                return DashScopeError.UNSUPPORTED_OPERATION.because("Failed to cancel the task, it is not PENDING");
            }
            task.canceled = true;
            task.close();
            return DashScopeError.answer(200, SimulatorJson.newObject());
        }
    }
}
