package dev.renderfleet.scheduler.release;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.topics.FakeKafka;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Answers each record of {@code render.jobs} once, as a worker does: it calls a model for a job without outcome, replays the outcome of
 * another one, and begins another run of a failed job unless the record asks for a replay. All calls fail, retryably, and are paid:
 * the worst case for a resend.
 */
final class FakeWorker {

    private final FakeKafka kafka;
    private final Random random;
    private final Map<String, Outcome> ledger = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private int next;
    long paid;

    FakeWorker(FakeKafka kafka, Random random) {
        this.kafka = kafka;
        this.random = random;
    }

    private record Outcome(RenderFailed event, String record) {}

    /** Calls by job. */
    Map<String, Integer> calls() {
        return calls;
    }

    void work() {
        List<ProducerRecord<byte[], byte[]>> records = kafka.records(Topics.JOBS);
        for (; next < records.size(); next++) {
            answer(records.get(next), Topics.JOBS + "/0/" + next);
        }
    }

    private void answer(ProducerRecord<byte[], byte[]> record, String place) {
        var job = (DecodedJob.Accepted) new JobCodec().decode(record.value());
        boolean replayOnly = record.headers().lastHeader(CloudEvents.REPLAY) != null;
        Outcome known = ledger.get(job.id().value());
        if (known != null && replayOnly) {
            publish(known, true);
            return;
        }
        long cost = random.nextLong(Objects.requireNonNull(job.job().budget()).maxUsdMicros() + 1);
        calls.merge(job.id().value(), 1, Integer::sum);
        paid += cost;
        var ref = new JobRef(
                job.id().value(), job.job().tenant(), job.job().idempotencyKey(), job.fingerprint(), null, Map.of());
        var attempt = new Attempt(1, "m", "no_image", Instant.EPOCH, 1, null, null, cost);
        var event = new RenderFailed(
                ref,
                false,
                FailureCode.NO_IMAGE,
                true,
                "no image",
                null,
                List.of(attempt),
                Usage.NONE,
                new Cost(cost, "1"));
        var outcome = new Outcome(event, place);
        ledger.put(job.id().value(), outcome);
        publish(outcome, false);
    }

    private void publish(Outcome outcome, boolean replay) {
        RenderFailed e = outcome.event();
        var event = new RenderFailed(
                e.job(),
                replay,
                e.code(),
                e.retryable(),
                e.message(),
                e.providerReason(),
                e.attempts(),
                e.usage(),
                e.cost());
        Map<String, String> headers =
                CloudEvents.ofEvent(event, outcome.record(), "renderfleet/worker", Instant.EPOCH, null);
        kafka.append(Topics.EVENTS, event.job().jobId(), headers, new EventCodec().encode(event));
    }
}
