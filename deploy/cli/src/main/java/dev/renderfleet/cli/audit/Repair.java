package dev.renderfleet.cli.audit;

import dev.renderfleet.cli.audit.LiveFindings.Finding;
import dev.renderfleet.cli.audit.LiveFindings.Kind;
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
 * Has ended jobs announced that no event tells of: their records are published again as they were, with their first timestamp, so that
 * a worker tells the outcome from the ledger and calls nothing. Deletes nothing.
 */
final class Repair {

    private final TopicReader kafka;

    Repair(TopicReader kafka) {
        this.kafka = kafka;
    }

    /** What can be done about a finding. */
    record Step(Finding finding, @Nullable TopicRecord record, String says) {}

    /** What would be done. */
    List<Step> plan(LiveFindings findings) {
        Map<String, Finding> silent = findings.of(Kind.UNANNOUNCED).stream()
                .collect(Collectors.toMap(Finding::jobId, finding -> finding, (a, _) -> a));
        Map<String, TopicRecord> records = new HashMap<>();
        kafka.readAll(Topics.JOBS, record -> {
            if (silent.containsKey(record.key())) {
                records.put(record.key(), record);
            }
        });
        List<Step> steps = new ArrayList<>();
        silent.forEach((job, finding) -> steps.add(step(finding, records.get(job))));
        return steps;
    }

    /** Does it; returns how many records were published. */
    int run(List<Step> steps, KafkaCluster cluster) throws InterruptedException {
        int published = 0;
        try (var sender = new RecordSender(cluster, Topics.JOBS)) {
            for (Step step : steps) {
                if (step.record() != null) {
                    sender.sendAgain(step.record());
                    published++;
                }
            }
        }
        return published;
    }

    private static Step step(Finding finding, @Nullable TopicRecord record) {
        if (record == null) {
            return new Step(finding, null, "cannot be announced: its record is no longer on " + Topics.JOBS);
        }
        if (finding.asksForRun() && !record.producersTime()) {
            return new Step(
                    finding,
                    null,
                    "is not announced: " + Topics.JOBS
                            + " keeps the broker's time, so its record would ask for a new run");
        }
        return new Step(finding, record, "its record is published again, for a worker to tell the outcome");
    }
}
