package dev.renderfleet.testbed.audit;

import dev.renderfleet.cli.audit.LedgerView;
import dev.renderfleet.cli.audit.ParallelReads;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.cli.cluster.TopicRecord;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Collects the evidence of a run and judges it. Reads Kafka as any {@code read_committed} client, and the bucket.
 */
public final class Auditor {

    private final TopicReader kafka;
    private final Bucket bucket;
    private final JobCodec jobs = new JobCodec();
    private final EventCodec events = new EventCodec();

    public Auditor(KafkaCluster kafka, Bucket bucket) {
        this.kafka = new TopicReader(kafka);
        this.bucket = bucket;
    }

    /**
     * Judges all records so far. Call it after the workers have stopped.
     *
     * @param evidence the provider's bill, and the kills and pauses of workers; this adds what Kafka and the bucket hold
     * @param judged as in {@link Judge}
     */
    public Verdict audit(Evidence evidence, Set<Breach> judged) {
        kafka.readAll(Topics.JOBS, record -> published(evidence, record));
        kafka.readAll(Topics.REQUESTS, record -> requested(evidence, record));
        kafka.readAll(Topics.EVENTS, record -> evidence.addEvent(events.decode(record.value()), record.timestamp()));
        lookForUnannounced(evidence);
        inspectPictures(evidence);
        return Judge.judge(evidence, judged);
    }

    private void published(Evidence evidence, TopicRecord record) {
        switch (jobs.decode(record.value())) {
            case DecodedJob.Accepted accepted ->
                evidence.addRecord(accepted.id().value(), accepted.job(), record.timestamp());
            case DecodedJob.Refused refused -> {
                // Its job id could be read, so an outcome must follow; no call may be made for it.
                if (refused.job() != null) {
                    evidence.addRecord(refused.job().jobId(), "");
                }
            }
        }
    }

    /** What is accepted shows on {@code render.jobs}; what is refused has an event of the scheduler. */
    private void requested(Evidence evidence, TopicRecord record) {
        if (jobs.decode(record.value()) instanceof DecodedJob.Refused refused && refused.job() != null) {
            evidence.addRefusal(refused.job().jobId());
        }
    }

    private void lookForUnannounced(Evidence evidence) {
        List<String> silent = new ArrayList<>();
        bucket.list(LedgerView.PREFIX, object -> {
            if (!evidence.hasEvent(LedgerView.jobOf(object.key()))) {
                silent.add(object.key());
            }
        });
        List<LedgerView> looks = ParallelReads.ask(
                silent,
                key -> bucket.find(key).map(LedgerView::read).orElseGet(() -> new LedgerView.Unreadable("deleted")));
        for (int i = 0; i < silent.size(); i++) {
            if (looks.get(i) instanceof LedgerView.Terminal) {
                evidence.addTerminalJob(LedgerView.jobOf(silent.get(i)));
            }
        }
    }

    private void inspectPictures(Evidence evidence) {
        var inspector = new PictureInspector(bucket);
        var images = List.copyOf(evidence.images());
        var faults = ParallelReads.ask(images, inspector::inspect);
        for (int i = 0; i < images.size(); i++) {
            int number = i;
            faults.get(i).ifPresent(fault -> evidence.addImageFault(images.get(number), fault));
        }
    }
}
