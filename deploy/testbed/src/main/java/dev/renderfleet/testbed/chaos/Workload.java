package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The records of a run, in order: all jobs, some of them twice.
 *
 * @param records published at the start
 * @param editsByParent jobs that are published after the first event of another one, by its id
 * @param jobsByPrompt job ids by prompt; prompts are unique
 * @param recordsByJob number of records by job id
 * @param doors by which jobs come in, by job id; without schedulers all are direct
 */
record Workload(
        List<RenderJob> records,
        Map<String, List<RenderJob>> editsByParent,
        Map<String, String> jobsByPrompt,
        Map<String, Integer> recordsByJob,
        Map<String, Door> doors) {

    private static final int PERCENT = 100;
    /** In records: a duplicate that followed a failure would ask for another run. */
    private static final int DUPLICATE_WITHIN = 20;

    /** Deterministic: the same plan gives the same workload. */
    static Workload of(ChaosPlan plan) {
        RandomGenerator random = plan.random("duplicates");
        var jobs = new RandomJobs(plan);
        List<RenderJob> records = new ArrayList<>();
        Map<String, List<RenderJob>> edits = new HashMap<>();
        for (int number = 0; number < plan.jobs(); number++) {
            RenderJob job = jobs.next();
            if (jobs.isAfterItsParent(job)) {
                edits.computeIfAbsent(Objects.requireNonNull(job.parent()), _ -> new ArrayList<>())
                        .add(job);
                continue;
            }
            records.add(job);
            if (random.nextInt(PERCENT) < plan.duplicatePercent()) {
                int before = random.nextInt(Math.min(DUPLICATE_WITHIN, records.size()));
                RenderJob chosen = records.get(records.size() - 1 - before);
                if (jobs.mayBeRepeated(chosen)) {
                    records.add(chosen);
                }
            }
        }
        Map<String, String> jobsByPrompt = new HashMap<>();
        Map<String, Integer> recordsByJob = new HashMap<>();
        Map<String, Door> doors = new HashMap<>();
        RandomGenerator byDoor = plan.random("doors");
        Stream.concat(records.stream(), edits.values().stream().flatMap(List::stream))
                .forEach(job -> {
                    jobsByPrompt.put(job.prompt().resolved(), id(job));
                    recordsByJob.merge(id(job), 1, Integer::sum);
                    doors.computeIfAbsent(
                            id(job),
                            _ -> plan.scheduler() == null
                                    ? Door.DIRECT
                                    : Door.of(TenantTerms.of(job.tenant()), byDoor));
                });
        return new Workload(
                List.copyOf(records),
                Map.copyOf(edits),
                Map.copyOf(jobsByPrompt),
                Map.copyOf(recordsByJob),
                Map.copyOf(doors));
    }

    /** The events that must come at least, by job: requests of one job share an outcome. */
    Map<String, Integer> eventsByJob() {
        Map<String, Integer> events = new HashMap<>(recordsByJob);
        events.replaceAll((job, records) -> doors.get(job) == Door.DIRECT ? records : 1);
        return events;
    }

    static String id(RenderJob job) {
        return JobId.of(job.tenant(), job.idempotencyKey()).value();
    }
}
