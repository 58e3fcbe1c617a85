package dev.renderfleet.sandbox.simulators.comfy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Queue and history in memory, and the one GPU that runs the queue: where a run is follows from the clock. A restart forgets all but the
 * saved files. Safe for use by several threads.
 */
final class ComfyQueue {
    private static final int HISTORY_MAX = 10_000;
    private static final int FILES_MAX = 50_000;

    private final InstantSource clock;
    private final Deque<QueuedWorkflow> pending = new ArrayDeque<>();
    private final SequencedMap<String, Ended> history = new LinkedHashMap<>();
    private final SequencedMap<String, Saved> saved = new LinkedHashMap<>();
    private final Map<String, Integer> polls = new HashMap<>();
    private @Nullable Running running;
    private Instant idleSince;

    ComfyQueue(InstantSource clock) {
        this.clock = clock;
        idleSince = clock.instant();
    }

    private record Running(QueuedWorkflow run, Instant start, BillingLedger.Open bill) {
        Instant end() {
            return run.plan().is("STUCK") ? Instant.MAX : start.plus(run.time());
        }

        void close() {
            bill.ended("delivered");
            run.release().run();
        }
    }

    private record Ended(QueuedWorkflow run, Instant start, Instant end, boolean interrupted) {}

    /** A picture of a run, from 1. */
    record Saved(QueuedWorkflow run, int picture) {}

    /** Puts a run into the queue, whether one of its id is there or not. */
    synchronized void put(QueuedWorkflow run) {
        pending.add(run);
        advance();
    }

    /** Lets the time that has passed happen. */
    synchronized void advance() {
        Instant now = clock.instant();
        while (true) {
            if (running == null) {
                QueuedWorkflow next = pending.poll();
                if (next == null) {
                    return;
                }
                Instant start = idleSince.isAfter(next.accepted()) ? idleSince : next.accepted();
                running = new Running(next, start, next.bill().get());
            }
            if (running.run().plan().is("RESTART")
                    && !now.isBefore(running.start().plus(running.run().time().dividedBy(2)))) {
                restart(now);
                return;
            }
            if (running.end().isAfter(now)) {
                return;
            }
            end(running, running.end(), running.run().plan().is("INTERRUPTED"));
        }
    }

    private void end(Running ended, Instant at, boolean interrupted) {
        QueuedWorkflow run = ended.run();
        history.put(run.call().id(), new Ended(run, ended.start(), at, interrupted));
        if (history.size() > HISTORY_MAX) {
            history.pollFirstEntry();
        }
        for (int picture = 1; picture <= run.call().count() && !interrupted; picture++) {
            saved.put(run.folder() + "/" + run.fileName(picture), new Saved(run, picture));
            if (saved.size() > FILES_MAX) {
                saved.pollFirstEntry();
            }
        }
        running = null;
        idleSince = at;
        ended.close();
    }

    private void restart(Instant now) {
        if (running != null) {
            running.close();
        }
        pending.forEach(run -> run.release().run());
        pending.clear();
        history.clear();
        running = null;
        idleSince = now;
    }

    /** Takes a waiting run out of the queue. */
    synchronized boolean delete(String id) {
        Optional<QueuedWorkflow> waiting =
                pending.stream().filter(run -> run.call().id().equals(id)).findFirst();
        waiting.ifPresent(run -> {
            pending.remove(run);
            run.release().run();
        });
        return waiting.isPresent();
    }

    /** Stops the run with that id if it is on the GPU. */
    synchronized boolean interrupt(String id) {
        if (running == null || !running.run().call().id().equals(id)) {
            return false;
        }
        end(running, clock.instant(), true);
        advance();
        return true;
    }

    synchronized Optional<Saved> saved(String folder, String name) {
        return Optional.ofNullable(saved.get(folder + "/" + name));
    }

    synchronized HttpResponse queue() {
        ObjectNode body = SimulatorJson.newObject();
        ArrayNode now = body.putArray("queue_running");
        if (running != null) {
            now.add(item(running.run()));
        }
        ArrayNode later = body.putArray("queue_pending");
        pending.forEach(run -> later.add(item(run)));
        return ComfyError.json(200, body);
    }

    synchronized int remaining() {
        return pending.size() + (running == null ? 0 : 1);
    }

    private static ArrayNode item(QueuedWorkflow run) {
        ArrayNode item = SimulatorJson.newObject().putArray("item");
        item.add(run.number()).add(run.call().id()).add(run.call().graph());
        item.addObject();
        item.addArray().add(run.call().saveNode());
        return item;
    }

    /** Empty for a run that has not ended. */
    synchronized HttpResponse history(String id) {
        Ended ended = history.get(id);
        ObjectNode body = SimulatorJson.newObject();
        if (ended == null) {
            return ComfyError.json(200, body);
        }
        QueuedWorkflow run = ended.run();
        if (run.plan().is("POLL_FAILS")
                && polls.merge(id, 1, Integer::sum) <= run.plan().number("POLL_FAILS", "count", 2)) {
            return HttpResponse.text(run.plan().number("POLL_FAILS", "code", 503), "text/plain", "upstream");
        }
        ObjectNode entry = body.putObject(id);
        entry.set("prompt", item(run));
        ObjectNode outputs = entry.putObject("outputs");
        ObjectNode status = entry.putObject("status");
        ArrayNode messages = status.putArray("messages");
        message(messages, "execution_start", ended.start(), id);
        String last = last(ended);
        ObjectNode data = message(messages, last, ended.end(), id);
        boolean success = last.equals("execution_success");
        status.put("status_str", success ? "success" : "error").put("completed", success);
        if (last.equals("execution_error")) {
            boolean memory = run.plan().is("OUT_OF_MEMORY");
            data.put("node_id", "5")
                    .put("node_type", "KSampler")
                    .put("exception_type", memory ? "torch.OutOfMemoryError" : "RuntimeError")
                    .put("exception_message", memory ? "Allocation on device" : "mat1 and mat2 shapes differ");
        } else if (success && !run.plan().is("NO_OUTPUTS")) {
            outputs(run, outputs.putObject(run.call().saveNode()).putArray("images"));
        }
        return ComfyError.json(200, body);
    }

    private static String last(Ended ended) {
        if (ended.interrupted()) {
            return "execution_interrupted";
        }
        var plan = ended.run().plan();
        return plan.is("EXECUTION_ERROR") || plan.is("OUT_OF_MEMORY") ? "execution_error" : "execution_success";
    }

    private static ObjectNode message(ArrayNode messages, String event, Instant at, String id) {
        return messages.addArray().add(event).addObject().put("prompt_id", id).put("timestamp", at.toEpochMilli());
    }

    private static void outputs(QueuedWorkflow run, ArrayNode images) {
        for (int picture = 1; picture <= run.call().count(); picture++) {
            images.addObject()
                    .put("filename", run.plan().option("RESULT_URL", "url", run.fileName(picture)))
                    .put("subfolder", run.folder())
                    .put("type", run.plan().is("PREVIEW_ONLY") ? "temp" : "output");
        }
    }
}
