package dev.renderfleet.sandbox.simulators.comfy;

import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * A workflow that was accepted.
 *
 * @param number of the queue
 * @param time on the GPU
 * @param files the uploaded files that it reads
 * @param bill is taken when the GPU begins
 * @param release runs once, when it ends or leaves the queue
 */
record QueuedWorkflow(
        int number,
        ComfyCall call,
        TaskPlan plan,
        Duration time,
        Instant accepted,
        List<byte[]> files,
        Supplier<BillingLedger.Open> bill,
        Runnable release) {

    QueuedWorkflow {
        files = List.copyOf(files);
    }

    /** The name of a picture that it saves; the number makes it unique. */
    String fileName(int picture) {
        return "%s_%05d_.png".formatted(call.prefix().replaceFirst(".*/", ""), number * 100 + picture);
    }

    String folder() {
        int slash = call.prefix().lastIndexOf('/');
        return slash < 0 ? "" : call.prefix().substring(0, slash);
    }
}
