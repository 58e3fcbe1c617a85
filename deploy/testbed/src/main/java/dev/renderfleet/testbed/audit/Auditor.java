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
 * Collects the evidence of a run and has it judged. Knows nothing of who ran what: it reads Kafka as any {@code read_committed}
 * client, the bucket, and the provider's bill.
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
     * Judges all that has been published so far. Workers should have left: what they still do is seen by half.
     *
     * @param evidence what Kafka and the bucket cannot tell: the provider's bill, and what was done to workers
     * @param asked as in {@link Judge}
     */
    public Verdict audit(Evidence evidence, Set<Breach> asked) {
        kafka.readAll(Topics.JOBS, record -> published(evidence, record));
        kafka.readAll(Topics.EVENTS, record -> evidence.announced(events.decode(record.value())));
        lookForUnannounced(evidence);
        inspectPictures(evidence);
        return Judge.judge(evidence, asked);
    }

    private void published(Evidence evidence, TopicRecord record) {
        switch (jobs.decode(record.value())) {
            case DecodedJob.Accepted accepted ->
                evidence.published(
                        accepted.id().value(),
                        accepted.job().prompt().resolved(),
                        accepted.job().onUnknown());
            case DecodedJob.Refused refused -> {
                // Whose job it is could be read, so it has an outcome; nothing may be called for it.
                if (refused.job() != null) {
                    evidence.published(refused.job().jobId(), "");
                }
            }
        }
    }

    private void lookForUnannounced(Evidence evidence) {
        List<String> silent = new ArrayList<>();
        bucket.list(LedgerView.PREFIX, object -> {
            if (!evidence.isAnnounced(LedgerView.jobOf(object.key()))) {
                silent.add(object.key());
            }
        });
        List<LedgerView> looks = ParallelReads.ask(
                silent,
                key -> bucket.find(key).map(LedgerView::read).orElseGet(() -> new LedgerView.Unreadable("gone")));
        for (int i = 0; i < silent.size(); i++) {
            if (looks.get(i) instanceof LedgerView.Terminal) {
                evidence.ended(LedgerView.jobOf(silent.get(i)));
            }
        }
    }

    private void inspectPictures(Evidence evidence) {
        var inspector = new PictureInspector(bucket);
        var images = List.copyOf(evidence.images());
        var faults = ParallelReads.ask(images, inspector::inspect);
        for (int i = 0; i < images.size(); i++) {
            int number = i;
            faults.get(i).ifPresent(fault -> evidence.faulty(images.get(number), fault));
        }
    }
}
