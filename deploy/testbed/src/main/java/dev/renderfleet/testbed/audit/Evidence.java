package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.RenderJob;
import java.time.Instant;
import java.util.ArrayList;
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
 * Records, events, calls, kills and pauses of a run; some hundred bytes for each job. Not thread-safe.
 */
public final class Evidence {

    private final Map<String, JobEvidence> jobs = new LinkedHashMap<>();
    private final Map<String, Set<String>> jobsByPrompt = new HashMap<>();
    private final Map<String, Integer> callsByPrompt = new HashMap<>();
    private final Map<String, List<BilledCall>> bills = new HashMap<>();
    private final Map<String, Integer> lostCalls = new HashMap<>();
    private final Map<Image, PictureFault> faults = new HashMap<>();
    private Instant latestDisturbance = Instant.MIN;
    private @Nullable SchedulerEvidence schedulers;

    /** An image that differs from its event. */
    public record PictureFault(Breach breach, String what) {}

    /** Adds a record of {@code render.jobs} of which only the prompt is judged. */
    public void addRecord(String jobId, String prompt) {
        addRecord(jobId, prompt, null);
    }

    /** As above, with the record's policy for calls of unknown outcome. */
    public void addRecord(String jobId, String prompt, @Nullable OnUnknown onUnknown) {
        file(jobId).addRecord(prompt, onUnknown);
        jobsByPrompt.computeIfAbsent(prompt, _ -> new HashSet<>()).add(jobId);
    }

    /** Adds a record with its timestamp. */
    public void addRecord(String jobId, RenderJob job, Instant at) {
        addRecord(jobId, job.prompt().resolved(), job.onUnknown());
        file(jobId).setJob(job, at);
    }

    /** Adds a record of {@code render.requests} that must be refused, with an event. */
    public void addRefusal(String jobId) {
        file(jobId).addRefusal();
    }

    /** Adds what schedulers say. */
    public void addSchedulers(SchedulerEvidence all) {
        schedulers = all;
    }

    /** Adds an event of {@code render.events}. */
    public void addEvent(RenderEvent event) {
        addEvent(event, Instant.MAX);
    }

    /** As above, with the record's timestamp. */
    public void addEvent(RenderEvent event, Instant at) {
        file(event.job().jobId()).addEvent(event, at);
    }

    /** Adds a job whose ledger entry is terminal. */
    public void addTerminalJob(String jobId) {
        file(jobId).setTerminal();
    }

    /** Adds the number of calls that the provider billed for a prompt. */
    public void addBill(String prompt, int calls) {
        callsByPrompt.merge(prompt, calls, Integer::sum);
    }

    /** Adds the price of a call that {@link #addBill} counts. */
    public void addCall(String prompt, BilledCall call) {
        bills.computeIfAbsent(prompt, _ -> new ArrayList<>()).add(call);
    }

    /** Adds calls in flight when their worker was killed or paused: as many may be paid again. */
    public void addLostCalls(String jobId, int calls) {
        lostCalls.merge(jobId, calls, Integer::sum);
    }

    /** Adds the time of a kill or pause: calls before it may have an unknown outcome. */
    public void addDisturbance(Instant at) {
        if (at.isAfter(latestDisturbance)) {
            latestDisturbance = at;
        }
    }

    /** Adds an image that differs from its event. */
    public void addImageFault(Image image, PictureFault fault) {
        faults.put(image, fault);
    }

    /** Each image of any event, once. */
    public Set<Image> images() {
        return jobs.values().stream()
                .flatMap(job -> job.events().stream())
                .flatMap(event -> event.images().stream())
                .collect(Collectors.toSet());
    }

    /** Whether the job has an event. */
    public boolean hasEvent(String jobId) {
        JobEvidence job = jobs.get(jobId);
        return job != null && !job.events().isEmpty();
    }

    Map<String, JobEvidence> jobs() {
        return jobs;
    }

    Map<String, Integer> callsByPrompt() {
        return callsByPrompt;
    }

    /** Null in a run without schedulers. */
    @Nullable
    SchedulerEvidence schedulers() {
        return schedulers;
    }

    /** Empty where no prices were added. */
    List<BilledCall> billOf(String prompt) {
        return bills.getOrDefault(prompt, List.of());
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

    /** The faults of the job's images. */
    Stream<PictureFault> faultsOf(JobEvidence job) {
        List<Image> images = job.events().stream()
                .flatMap(event -> event.images().stream())
                .distinct()
                .toList();
        return images.stream().filter(faults::containsKey).map(faults::get);
    }

    private JobEvidence file(String jobId) {
        return jobs.computeIfAbsent(jobId, _ -> new JobEvidence());
    }
}
