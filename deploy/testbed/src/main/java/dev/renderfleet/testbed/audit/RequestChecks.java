package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.testbed.audit.JobEvidence.PublishedEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether a job's outcome is what its budget, routing and parent ask for, by its event and by the bills of all providers. A pure function of
 * the evidence.
 *
 * @param bill of the job's prompt; empty where no prices are known
 * @param parent null: the job has none
 */
record RequestChecks(
        RenderJob job,
        JobEvidence evidence,
        PublishedEvent first,
        List<BilledCall> bill,
        @Nullable JobEvidence parent) {

    /** A broken rule. */
    record Finding(Breach breach, String what) {}

    /** Null if the evidence has no more of the job than its prompt, or no outcome. */
    static @Nullable RequestChecks of(Evidence all, JobEvidence evidence) {
        RenderJob job = evidence.job();
        PublishedEvent first = evidence.first().orElse(null);
        return job == null || first == null
                ? null
                : new RequestChecks(
                        job,
                        evidence,
                        first,
                        all.jobsOf(evidence.prompt()).size() > 1 ? List.of() : all.billOf(evidence.prompt()),
                        job.parent() == null ? null : all.jobs().getOrDefault(job.parent(), new JobEvidence()));
    }

    List<Finding> findings() {
        List<Finding> found = new ArrayList<>();
        long billed = bill.stream().mapToLong(BilledCall::usdMicros).sum();
        String money = "billed " + billed + " USD micros, cost by its event " + first.usdMicros();
        if (job.budget() != null
                && isPriced()
                && Math.max(billed, first.usdMicros()) > job.budget().maxUsdMicros()) {
            found.add(new Finding(
                    Breach.OVERSPENT, money + ", budget " + job.budget().maxUsdMicros()));
        }
        if (isPriced() && (billed > first.usdMicros() || (isAsUsual() && billed != first.usdMicros()))) {
            found.add(new Finding(Breach.MISPRICED, money));
        }
        List<String> models = bill.stream().map(BilledCall::model).distinct().toList();
        if (models.size() > 1 && job.fallback() != Fallback.ANY) {
            found.add(new Finding(
                    Breach.MISROUTED,
                    "billed by " + models + ", fallback " + job.fallback().wireName()));
        }
        if (first.isCompleted()
                && !first.attempts().isEmpty()
                && !first.model().equals(first.attempts().getLast().model())) {
            found.add(new Finding(
                    Breach.MISROUTED, "drawn by " + first.attempts().getLast() + ", not by " + first.model()));
        }
        if (!isEditedAsAsked()) {
            found.add(new Finding(Breach.MISEDITED, first.summary() + ", " + bill + ", " + first.edit()));
        }
        return found;
    }

    /**
     * Whether the event can have the price: the run's catalogue lacks the other model that a fault answers as, and a call of unknown
     * outcome is listed at the worst price of what was asked for, while a fault may draw four images.
     */
    private boolean isPriced() {
        String prompt = evidence.prompt();
        return !prompt.contains(SpoiltResponses.OTHER_MODEL)
                && (first.unknowns().isEmpty() || !prompt.contains(SpoiltResponses.DIRECTIVE));
    }

    /** Without faults, and with prices that the simulators bill: not those of GPU seconds. */
    private boolean isAsUsual() {
        return !bill.isEmpty()
                && first.unknowns().isEmpty()
                && !evidence.prompt().contains(SpoiltResponses.DIRECTIVE)
                && bill.stream().allMatch(call -> call.usdMicros() > 0);
    }

    private boolean isEditedAsAsked() {
        if (parent == null) {
            return first.edit() == null;
        }
        if (!first.isCompleted()) {
            return bill.isEmpty() || parent.hasCompleted();
        }
        ParentEdit edit = first.edit();
        return edit != null
                && edit.parent().equals(job.parent())
                && parent.hasCompleted()
                && bill.stream()
                        .filter(call -> call.model().equals(first.model()))
                        .max(Comparator.comparing(BilledCall::at))
                        .map(drawing -> drawing.continued() == edit.by().equals(ParentEdit.SESSION))
                        .orElse(true);
    }

    /** Whether the job was refused as its parent or its budget demands. */
    boolean isRefusedByRight() {
        if (first.content().equals(FailureCode.REFERENCE_UNAVAILABLE.wireName())) {
            return first.outcome().equals("rejected")
                    && parent != null
                    && (!parent.hasCompleted() || evidence.publishedAt().isBefore(parent.firstEventAt()));
        }
        // Another call as dear as the dearest may exceed what is left.
        long dearest =
                first.priced().stream().mapToLong(Attempt::usdMicros).max().orElse(0);
        return dearest > 0
                && job.budget() != null
                && first.usdMicros() + dearest
                        > Objects.requireNonNull(job.budget()).maxUsdMicros();
    }
}
