package dev.renderfleet.cli.audit;

import dev.renderfleet.cli.audit.AuditFindings.Finding;
import dev.renderfleet.cli.audit.AuditFindings.Kind;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.RecordSender;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.cli.cluster.TopicRecord;
import dev.renderfleet.contracts.wire.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the records of terminal jobs without event again, asking for a replay. A worker then publishes the outcome from the ledger,
 * without a call. Deletes nothing.
 */
final class Repair {

    private final TopicReader kafka;

    Repair(TopicReader kafka) {
        this.kafka = kafka;
    }

    /** The repair of a finding. */
    record RepairStep(Finding finding, @Nullable TopicRecord record, String says) {}

    /** Plans the repair; changes nothing. */
    List<RepairStep> plan(AuditFindings findings) {
        Map<String, Finding> silent = findings.of(Kind.UNANNOUNCED).stream()
                .collect(Collectors.toMap(Finding::jobId, finding -> finding, (a, _) -> a));
        Map<String, TopicRecord> records = new HashMap<>();
        kafka.readAll(Topics.JOBS, record -> {
            if (silent.containsKey(record.key())) {
                records.put(record.key(), record);
            }
        });
        List<RepairStep> steps = new ArrayList<>();
        silent.forEach((job, finding) -> steps.add(step(finding, records.get(job))));
        return steps;
    }

    /** Repairs. Returns the number of published records. */
    int run(List<RepairStep> steps, KafkaCluster cluster) throws InterruptedException {
        int published = 0;
        try (var sender = new RecordSender(cluster, Topics.JOBS)) {
            for (RepairStep step : steps) {
                if (step.record() != null) {
                    sender.askForReplay(step.record());
                    published++;
                }
            }
        }
        return published;
    }

    private static RepairStep step(Finding finding, @Nullable TopicRecord record) {
        if (record == null) {
            return new RepairStep(finding, null, "cannot be announced: its record is no longer on " + Topics.JOBS);
        }
        return new RepairStep(finding, record, "its record is published again, for a worker to publish the outcome");
    }
}
