package dev.renderfleet.fleet.guarantees;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.fleet.jobs.Bucket;
import java.util.List;
import java.util.Map;

/**
 * What an outsider can see of a run, for guarantees to judge.
 *
 * @param published all jobs, each once
 * @param events all events, in the order they were read
 * @param callsByPrompt the simulator's billing ledger: calls accepted, by the prompt's text
 */
public record Run(
        List<RenderJob> published, List<RenderEvent> events, Map<String, Integer> callsByPrompt, Bucket bucket) {}
