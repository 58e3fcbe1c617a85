package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.OnUnknown;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an outsider has seen of a run, collected piece by piece; some hundred bytes for each job. Not thread-safe.
 */
public final class Evidence {

    private final Map<String, JobEvidence> jobs = new LinkedHashMap<>();
    private final Map<String, Set<String>> jobsByPrompt = new HashMap<>();
    private final Map<String, Integer> callsByPrompt = new HashMap<>();
    private final Map<String, Integer> lostCalls = new HashMap<>();
    private final Map<Image, PictureFault> faults = new HashMap<>();
    private Instant latestDisturbance = Instant.MIN;

    /** A picture that is not as announced. */
    public record PictureFault(Breach breach, String what) {}

    /** A record of the job was on {@code render.jobs}. */
    public void published(String jobId, String prompt) {
        published(jobId, prompt, null);
    }

    /** As above; {@code onUnknown} is what the record says about calls of unknown outcome. */
    public void published(String jobId, String prompt, @Nullable OnUnknown onUnknown) {
        file(jobId).published(prompt, onUnknown);
        jobsByPrompt.computeIfAbsent(prompt, _ -> new HashSet<>()).add(jobId);
    }

    /** The event was on {@code render.events}. */
    public void announced(RenderEvent event) {
        file(event.job().jobId()).announced(event);
    }

    /** The job has ended by its ledger entry. */
    public void ended(String jobId) {
        file(jobId).ended();
    }

    /** The provider billed so many calls for the prompt. */
    public void billed(String prompt, int calls) {
        callsByPrompt.merge(prompt, calls, Integer::sum);
    }

    /** So many calls of the job were out when their worker was killed or paused: as many may have been paid again. */
    public void lost(String jobId, int calls) {
        lostCalls.merge(jobId, calls, Integer::sum);
    }

    /** A worker was killed or paused at this moment: calls that had begun may have come to an unknown end. */
    public void disturbed(Instant at) {
        if (at.isAfter(latestDisturbance)) {
            latestDisturbance = at;
        }
    }

    /** The picture is not as announced. */
    public void faulty(Image image, PictureFault fault) {
        faults.put(image, fault);
    }

    /** Each picture that any event announces, once. */
    public Set<Image> images() {
        return jobs.values().stream()
                .flatMap(job -> job.events().stream())
                .flatMap(told -> told.images().stream())
                .collect(Collectors.toSet());
    }

    /** Whether any event tells of the job. */
    public boolean isAnnounced(String jobId) {
        JobEvidence job = jobs.get(jobId);
        return job != null && !job.events().isEmpty();
    }

    Map<String, JobEvidence> jobs() {
        return jobs;
    }

    Map<String, Integer> callsByPrompt() {
        return callsByPrompt;
    }

    boolean wasDisturbedAfter(Instant begun) {
        return latestDisturbance.isAfter(begun);
    }

    int lostCallsOf(Set<String> jobIds) {
        return jobIds.stream().mapToInt(id -> lostCalls.getOrDefault(id, 0)).sum();
    }

    Set<String> jobsOf(String prompt) {
        return jobsByPrompt.getOrDefault(prompt, Set.of());
    }

    List<JobEvidence> filesOf(String prompt) {
        return jobsOf(prompt).stream().map(this::file).toList();
    }

    /** What is wrong with the job's pictures. */
    Stream<PictureFault> faultsOf(JobEvidence job) {
        List<Image> images = job.events().stream()
                .flatMap(told -> told.images().stream())
                .distinct()
                .toList();
        return images.stream().filter(faults::containsKey).map(faults::get);
    }

    private JobEvidence file(String jobId) {
        return jobs.computeIfAbsent(jobId, _ -> new JobEvidence());
    }
}
