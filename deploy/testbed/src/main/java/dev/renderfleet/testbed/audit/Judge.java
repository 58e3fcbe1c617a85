package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.testbed.audit.JobEvidence.PublishedEvent;
import dev.renderfleet.testbed.audit.Verdict.BreachCount;
import dev.renderfleet.testbed.audit.Verdict.Mix;
import dev.renderfleet.testbed.audit.Verdict.Totals;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Judges evidence: the one definition of each promise. A pure function of the evidence. */
public final class Judge {

    /** Calls of unknown outcome after which a job fails, unless it is held after the first. */
    private static final int UNKNOWNS_MAX = 2;

    private final Evidence evidence;
    private final Set<Breach> judged;
    private final Map<Breach, BreachCount> findings = new EnumMap<>(Breach.class);

    private int unexcused;

    private Judge(Evidence evidence, Set<Breach> judged) {
        this.evidence = evidence;
        this.judged = judged;
    }

    /**
     * Judges a run.
     *
     * @param judged breaches to look for; {@link Breach#FAILED} only if all jobs are valid
     */
    public static Verdict judge(Evidence evidence, Set<Breach> judged) {
        var judge = new Judge(evidence, judged);
        evidence.jobs().forEach(judge::job);
        // Breaches without an excuse come first, to be among the examples.
        evidence.callsByPrompt().forEach((prompt, calls) -> judge.bill(prompt, calls, true));
        evidence.callsByPrompt().forEach((prompt, calls) -> judge.bill(prompt, calls, false));
        evidence.callsByPrompt().forEach(judge::listing);
        SchedulerEvidence schedulers = evidence.schedulers();
        if (schedulers != null) {
            new SchedulerChecks(evidence, schedulers)
                    .findings()
                    .forEach(finding -> judge.found(finding.breach(), 1, finding.subject(), finding.what()));
        }
        return new Verdict(totals(evidence), mix(evidence), judge.findings, judge.unexcused);
    }

    private void job(String id, JobEvidence job) {
        evidence.faultsOf(job).forEach(fault -> found(fault.breach(), 1, id, fault.what()));
        if (job.records() == 0) {
            if (!job.events().isEmpty()) {
                found(Breach.FOREIGN, job.events().size(), id, "has events and no record");
            }
            return;
        }
        List<PublishedEvent> firsts = job.firstEvents();
        int events = job.events().size();
        String counts = job.records() + " records, " + firsts.size() + " first-time events, " + (events - firsts.size())
                + " replays";
        int lost = Math.max(firsts.isEmpty() ? 1 : 0, job.records() - events);
        if (lost > 0) {
            found(Breach.LOST, lost, id, counts);
        }
        int doubled = Math.max(firsts.size() - 1, events - job.records());
        if (doubled > 0) {
            found(Breach.DOUBLED, doubled, id, counts);
        }
        int bare = Math.toIntExact(job.events().stream()
                .filter(event ->
                        event.outcome().equals("completed") && event.images().isEmpty())
                .count());
        if (bare > 0) {
            found(Breach.MISSING, bare, id, "was completed without an image");
        }
        List<String> versions = job.versions();
        if (versions.size() > 1) {
            found(Breach.CONFLICTING, versions.size() - 1, id, String.join(" and ", versions));
        }
        if (job.isTerminal() && events == 0) {
            found(Breach.UNANNOUNCED, 1, id, "is terminal by its ledger entry");
        }
        RequestChecks checks = RequestChecks.of(evidence, job);
        if (checks != null) {
            checks.findings().forEach(finding -> found(finding.breach(), 1, id, finding.what()));
        }
        job.first()
                .filter(first -> !isAsExpected(job, first, checks))
                .ifPresent(first -> found(Breach.FAILED, 1, id, why(first)));
    }

    private boolean isAsExpected(JobEvidence job, PublishedEvent first, @Nullable RequestChecks checks) {
        if (job.isRefused()) {
            return first.outcome().equals("rejected");
        }
        if (checks != null && !first.isCompleted() && checks.isRefusedByRight()) {
            return true;
        }
        if (checks != null && SpoiltResponses.isAlways(job.prompt())) {
            return first.outcome().equals("failed");
        }
        if (!first.isOfUnknownOutcome()) {
            return first.isCompleted();
        }
        int needed = job.holds() ? 1 : UNKNOWNS_MAX;
        return first.unknowns().size() >= needed
                && unexplained(first) <= SpoiltResponses.of(job.prompt()).unknown();
    }

    private long unexplained(PublishedEvent first) {
        return first.unknowns().stream()
                .filter(begun -> !evidence.wasDisturbedAfter(begun))
                .count();
    }

    private String why(PublishedEvent first) {
        return first.summary() + ", " + first.unknowns().size() + " calls of unknown outcome listed, "
                + unexplained(first) + " of them with no kill or pause after";
    }

    /** Jobs without any event count as lost, not as hidden. */
    private void listing(String prompt, int calls) {
        List<Optional<PublishedEvent>> firsts =
                evidence.filesOf(prompt).stream().map(JobEvidence::first).toList();
        List<String> listed = firsts.stream()
                .flatMap(Optional::stream)
                .flatMap(first -> first.priced().stream())
                .map(Attempt::model)
                .toList();
        long unlisted = evidence.billOf(prompt).stream()
                .collect(Collectors.groupingBy(BilledCall::model, Collectors.counting()))
                .entrySet()
                .stream()
                .mapToLong(model -> Math.max(0, model.getValue() - Collections.frequency(listed, model.getKey())))
                .sum();
        int hidden = Math.max(calls - listed.size(), Math.toIntExact(unlisted));
        if (!firsts.isEmpty() && firsts.stream().allMatch(Optional::isPresent) && hidden > 0) {
            found(
                    Breach.HIDDEN,
                    hidden,
                    evidence.jobsOf(prompt).iterator().next(),
                    calls + " calls billed, listed with a price those of " + listed);
        }
    }

    private void bill(String prompt, int calls, boolean beyondExcuse) {
        Set<String> jobs = evidence.jobsOf(prompt);
        boolean hold = !jobs.isEmpty() && evidence.filesOf(prompt).stream().allMatch(JobEvidence::holds);
        var spoiled = SpoiltResponses.of(prompt);
        int repeated = hold ? spoiled.useless() : spoiled.useless() + spoiled.unknown();
        int allowed = jobs.isEmpty() ? 0 : jobs.size() + repeated;
        int excused = hold ? 0 : evidence.lostCallsOf(jobs);
        boolean isBeyondExcuse = calls > allowed + excused;
        if (calls > allowed && isBeyondExcuse == beyondExcuse) {
            unexcused += Math.max(0, calls - allowed - excused);
            found(
                    Breach.OVERPAID,
                    calls - allowed,
                    jobs.isEmpty() ? "(no job)" : jobs.iterator().next(),
                    calls + " calls billed instead of " + allowed + ", "
                            + (hold ? "to be held" : excused + " were out at kills"));
        }
    }

    private void found(Breach breach, int count, String id, String what) {
        if (!judged.contains(breach)) {
            return;
        }
        BreachCount before = findings.getOrDefault(breach, BreachCount.NONE);
        findings.put(breach, before.plus(count, id + ": " + what));
    }

    private static Totals totals(Evidence evidence) {
        var published = evidence.jobs().values().stream()
                .filter(job -> job.records() > 0)
                .toList();
        return new Totals(
                published.size(),
                published.stream().mapToInt(JobEvidence::records).sum(),
                evidence.jobs().values().stream()
                        .mapToInt(job -> job.events().size())
                        .sum(),
                firstOutcomes(published, "completed"),
                firstOutcomes(published, "failed"),
                firstOutcomes(published, "rejected"),
                evidence.callsByPrompt().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum());
    }

    private static Mix mix(Evidence evidence) {
        List<PublishedEvent> firsts = evidence.jobs().values().stream()
                .flatMap(job -> job.first().stream())
                .toList();
        List<String> edits = firsts.stream()
                .map(PublishedEvent::edit)
                .filter(Objects::nonNull)
                .map(ParentEdit::by)
                .toList();
        return new Mix(
                Math.toIntExact(firsts.stream()
                        .filter(first -> first.attempts().stream()
                                        .map(Attempt::model)
                                        .distinct()
                                        .count()
                                > 1)
                        .count()),
                edits.size(),
                Collections.frequency(edits, ParentEdit.SESSION));
    }

    private static int firstOutcomes(List<JobEvidence> jobs, String outcome) {
        return Math.toIntExact(jobs.stream()
                .flatMap(job -> job.firstEvents().stream().limit(1))
                .filter(event -> event.outcome().equals(outcome))
                .count());
    }
}
