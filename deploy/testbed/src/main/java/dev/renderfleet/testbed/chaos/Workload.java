package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.system.ModelsFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is published, in this order: all jobs, some of them again soon after. A provider's fault is a directive in the prompt, so that it is
 * known beforehand, and by everyone, which calls are spoilt. A job to be held is published once: once it has failed, another record
 * would be the order to call again.
 *
 * @param jobsByPrompt each job's id; no two jobs have the same prompt
 * @param recordsByJob how often each is published
 */
record Workload(List<RenderJob> records, Map<String, String> jobsByPrompt, Map<String, Integer> recordsByJob) {

    private static final int PERCENT = 100;
    /** Of the jobs; they say {@code onUnknown: hold}. */
    private static final int HOLD_PERCENT = 5;
    /** A duplicate comes soon after: one that came after a failure would ask for another run. */
    private static final int DUPLICATE_WITHIN = 20;

    private static final int TENANTS = 4;

    /** The same for the same plan. */
    static Workload of(ChaosPlan plan) {
        RandomGenerator random = plan.random("workload");
        RandomGenerator holds = plan.random("holds");
        List<RenderJob> records = new ArrayList<>();
        Map<String, String> jobsByPrompt = new HashMap<>();
        for (int number = 0; number < plan.jobs(); number++) {
            OnUnknown onUnknown = holds.nextInt(PERCENT) < HOLD_PERCENT ? OnUnknown.HOLD : null;
            RenderJob job = job(plan, number, fault(plan, random), onUnknown);
            jobsByPrompt.put(job.prompt().resolved(), id(job));
            records.add(job);
            if (random.nextInt(PERCENT) < plan.duplicatePercent()) {
                int before = random.nextInt(Math.min(DUPLICATE_WITHIN, records.size()));
                RenderJob chosen = records.get(records.size() - 1 - before);
                if (chosen.onUnknown() != OnUnknown.HOLD) {
                    records.add(chosen);
                }
            }
        }
        Map<String, Integer> recordsByJob = new HashMap<>();
        records.forEach(job -> recordsByJob.merge(id(job), 1, Integer::sum));
        return new Workload(List.copyOf(records), Map.copyOf(jobsByPrompt), Map.copyOf(recordsByJob));
    }

    private static String id(RenderJob job) {
        return JobId.of(job.tenant(), job.idempotencyKey()).value();
    }

    private static String fault(ChaosPlan plan, RandomGenerator random) {
        if (random.nextInt(PERCENT) >= plan.providerFaultPercent()) {
            return "";
        }
        List<ProviderFault> kinds = plan.providerFaults();
        return kinds.get(random.nextInt(kinds.size())).directive(plan.modelTimeout());
    }

    private static RenderJob job(ChaosPlan plan, int number, String fault, @Nullable OnUnknown onUnknown) {
        return PlainJob.of(
                "tenant-" + number % TENANTS,
                "chaos-" + plan.seed() + "-" + number,
                ModelsFile.MODEL,
                "Catalogue picture " + number + " of seed " + plan.seed() + fault,
                OutputSize.K1,
                onUnknown);
    }
}
