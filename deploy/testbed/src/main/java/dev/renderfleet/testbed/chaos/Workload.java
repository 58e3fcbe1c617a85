package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.jobs.PlainJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The records of a run, in order: all jobs, some of them twice. A provider fault is a directive in the prompt, so the plan decides which
 * calls meet one. A job with {@code onUnknown: hold} is published once: after its failure another record would ask for another call.
 *
 * @param jobsByPrompt job ids by prompt; prompts are unique
 * @param recordsByJob number of records by job id
 */
record Workload(List<RenderJob> records, Map<String, String> jobsByPrompt, Map<String, Integer> recordsByJob) {

    private static final int PERCENT = 100;
    /** Of the jobs; with {@code onUnknown: hold}. */
    private static final int HOLD_PERCENT = 5;
    /** In records: a duplicate that followed a failure would ask for another run. */
    private static final int DUPLICATE_WITHIN = 20;

    private static final int TENANTS = 4;

    /** Deterministic: the same plan gives the same workload. */
    static Workload of(ChaosPlan plan) {
        RandomGenerator random = plan.random("workload");
        RandomGenerator holds = plan.random("holds");
        RandomGenerator models = plan.random("models");
        List<RenderJob> records = new ArrayList<>();
        Map<String, String> jobsByPrompt = new HashMap<>();
        for (int number = 0; number < plan.jobs(); number++) {
            OnUnknown onUnknown = holds.nextInt(PERCENT) < HOLD_PERCENT ? OnUnknown.HOLD : null;
            ChaosModel model = plan.models().get(models.nextInt(plan.models().size()));
            RenderJob job = job(plan, number, model, fault(plan, model, random), onUnknown);
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

    private static String fault(ChaosPlan plan, ChaosModel model, RandomGenerator random) {
        if (random.nextInt(PERCENT) >= plan.providerFaultPercent()) {
            return "";
        }
        List<ProviderFault> kinds = plan.providerFaults();
        ProviderFault kind = kinds.get(random.nextInt(kinds.size()));
        return kind.isKnownTo(model) ? kind.directive(plan.modelTimeout()) : "";
    }

    private static RenderJob job(
            ChaosPlan plan, int number, ChaosModel model, String fault, @Nullable OnUnknown onUnknown) {
        return PlainJob.of(
                "tenant-" + number % TENANTS,
                "chaos-" + plan.seed() + "-" + number,
                model.id(),
                "Catalogue picture " + number + " of seed " + plan.seed() + fault,
                OutputSize.K1,
                onUnknown);
    }
}
