package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.OnDependencyFailure;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.ThinkingLevel;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a job from a JSON object, or refuses it for the first broken rule. Fields are read in the order of the record's components.
 * A deadline in the past is accepted here, since checking it needs a clock.
 */
final class JobReader {

    static final int REQUIREMENT_COUNT_MAX = 16;
    static final int PRIORITY_MAX = 9;
    static final int DEPENDENCY_COUNT_MAX = 100;
    static final int LABEL_COUNT_MAX = 32;

    /** Largest integer that canonical JSON represents exactly. */
    static final long INTEGER_MAX = (1L << 53) - 1;

    private static final int YEAR_MAX = 9_999;

    private final JsonFields job;

    private JobReader(JsonFields job) {
        this.job = job;
    }

    static RenderJob read(Map<String, @Nullable Object> object) {
        return new JobReader(new JsonFields(JsonPath.ROOT, object)).job();
    }

    private RenderJob job() {
        String tenant = job.text("tenant");
        RuleViolation.check(job.at("tenant"), TextRules.tenant(tenant));
        String idempotencyKey = job.text("idempotencyKey");
        RuleViolation.check(job.at("idempotencyKey"), TextRules.key("idempotencyKey", idempotencyKey));
        JobId id = JobId.of(tenant, idempotencyKey);
        String model = job.textOrNull("model");
        RuleViolation.check(job.at("model"), model == null ? null : TextRules.model(model));
        Routing routing = routing();
        Prompt prompt = PromptReader.read(job);
        List<Reference> references = AddressReader.references(job);
        String parent = parent(id);
        Output output = OutputReader.read(job);
        Grounding grounding = grounding();
        ThinkingLevel thinking = job.oneOfOrNull("thinking", ThinkingLevel.class);
        Long seed = job.integerOrNull("seed", -INTEGER_MAX, INTEGER_MAX);
        int priority = (int) job.integer("priority", 0, PRIORITY_MAX, RenderJob.PRIORITY_DEFAULT);
        Instant notBefore = instant("notBefore");
        Instant deadline = instant("deadline");
        if (notBefore != null && deadline != null && !notBefore.isBefore(deadline)) {
            throw job.violation("deadline", "deadline must be after notBefore, or the job can never start");
        }
        Budget budget = budget();
        OnUnknown onUnknown = job.oneOfOrNull("onUnknown", OnUnknown.class);
        List<String> dependsOn = dependsOn(id);
        OnDependencyFailure onDependencyFailure = job.oneOfOrNull("onDependencyFailure", OnDependencyFailure.class);
        String batchId = job.textOrNull("batchId");
        RuleViolation.check(job.at("batchId"), batchId == null ? null : TextRules.key("batchId", batchId));
        Map<String, String> labels = labels();
        URI callback = AddressReader.callback(job);
        return new RenderJob(
                tenant,
                idempotencyKey,
                model,
                routing,
                prompt,
                references,
                parent,
                output,
                grounding,
                thinking,
                seed,
                priority,
                notBefore,
                deadline,
                budget,
                onUnknown,
                dependsOn,
                onDependencyFailure,
                batchId,
                labels,
                callback,
                job.unknown());
    }

    private @Nullable Routing routing() {
        JsonFields routing = job.objectOrNull("routing");
        if (routing == null) {
            return null;
        }
        List<String> requirements = routing.texts("requirements", REQUIREMENT_COUNT_MAX);
        for (int i = 0; i < requirements.size(); i++) {
            String rule = "a requirement has 1 to 64 characters of A-Z a-z 0-9 . _ -";
            RuleViolation.check(
                    routing.at("requirements").element(i),
                    TextRules.matching(TextRules.REQUIREMENT, requirements.get(i), rule));
        }
        return new Routing(
                requirements,
                routing.oneOfOrNull("preference", Routing.Preference.class),
                routing.oneOfOrNull("fallback", Routing.Fallback.class));
    }

    private @Nullable String parent(JobId own) {
        String parent = job.textOrNull("parent");
        if (parent != null) {
            RuleViolation.check(job.at("parent"), TextRules.jobId("parent", parent));
            if (parent.equals(own.value())) {
                throw job.violation("parent", "a job cannot edit its own result; name another job");
            }
        }
        return parent;
    }

    private @Nullable Grounding grounding() {
        JsonFields grounding = job.objectOrNull("grounding");
        return grounding == null ? null : new Grounding(grounding.flag("webSearch"), grounding.flag("imageSearch"));
    }

    private @Nullable Instant instant(String name) {
        String text = job.textOrNull(name);
        if (text == null) {
            return null;
        }
        try {
            OffsetDateTime time = OffsetDateTime.parse(text);
            // In UTC, as it is written again: an offset may lead to a year of five digits.
            int year = time.withOffsetSameInstant(ZoneOffset.UTC).getYear();
            if (year >= 1 && year <= YEAR_MAX) {
                return time.toInstant();
            }
        } catch (DateTimeException _) {
            // Refused below, by the same rule.
        }
        throw job.violation(
                name,
                String.format(
                        Locale.ROOT,
                        "%s must be a time with offset such as 2026-11-23T08:30:00Z, not %s",
                        name,
                        PrintableText.quoted(text)));
    }

    private @Nullable Budget budget() {
        JsonFields budget = job.objectOrNull("budget");
        if (budget == null) {
            return null;
        }
        return new Budget(budget.integer("maxUsdMicros", 0, INTEGER_MAX));
    }

    private List<String> dependsOn(JobId own) {
        List<String> dependsOn = job.texts("dependsOn", DEPENDENCY_COUNT_MAX);
        for (int i = 0; i < dependsOn.size(); i++) {
            JsonPath at = job.at("dependsOn").element(i);
            RuleViolation.check(at, TextRules.jobId("dependsOn element", dependsOn.get(i)));
            if (dependsOn.get(i).equals(own.value())) {
                throw RuleViolation.invalid(at, "a job cannot wait for itself; remove its own id");
            }
        }
        return dependsOn;
    }

    private Map<String, String> labels() {
        Map<String, String> labels = job.textsByName("labels", LABEL_COUNT_MAX);
        labels.forEach((key, value) -> {
            JsonPath at = job.at("labels").child(key);
            String rule =
                    "a label's name has 1 to 63 characters of A-Z a-z 0-9 . _ - and starts with a letter or digit";
            RuleViolation.check(at, TextRules.matching(TextRules.LABEL_KEY, key, rule));
            RuleViolation.check(at, TextRules.labelValue(value));
            RuleViolation.check(at, key.equals("locale") ? TextRules.locale(value) : null);
        });
        return labels;
    }
}
