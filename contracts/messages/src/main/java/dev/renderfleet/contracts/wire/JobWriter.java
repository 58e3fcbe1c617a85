package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Rendition;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.WireNamed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a JSON object of a job: components in the order of the record, absent ones and defaults left out, labels and variables by
 * name, so that equal jobs have equal bytes. Unknown fields go back to where they were found.
 */
final class JobWriter {

    /** Lists of objects: where one is gone, what was unknown about its elements has no place any more. */
    private static final Set<String> LISTS = Set.of("references", "renditions");

    private JobWriter() {}

    static Map<String, Object> write(RenderJob job) {
        Fields fields = new Fields();
        fields.put("tenant", job.tenant());
        fields.put("idempotencyKey", job.idempotencyKey());
        fields.put("model", job.model());
        fields.put("routing", job.routing() == null ? null : routing(job.routing()));
        fields.put("prompt", prompt(job.prompt(), job.unknownFields().containsKey("prompt")));
        fields.putSome(
                "references",
                job.references().stream().map(JobWriter::reference).toList());
        fields.put("parent", job.parent());
        fields.put("output", job.output().equals(Output.DEFAULT) ? null : output(job.output()));
        fields.put("grounding", job.grounding() == null ? null : grounding(job.grounding()));
        fields.put("thinking", wireName(job.thinking()));
        fields.put("seed", job.seed());
        fields.put("priority", job.priority() == RenderJob.PRIORITY_DEFAULT ? null : job.priority());
        fields.put("notBefore", text(job.notBefore()));
        fields.put("deadline", text(job.deadline()));
        fields.put(
                "budget",
                job.budget() == null
                        ? null
                        : new LinkedHashMap<>(
                                Map.of("maxUsdMicros", job.budget().maxUsdMicros())));
        fields.put("onUnknown", wireName(job.onUnknown()));
        fields.putSome("dependsOn", job.dependsOn());
        fields.put("batchId", job.batchId());
        fields.put("labels", job.labels().isEmpty() ? null : new TreeMap<>(job.labels()));
        fields.put("callback", text(job.callback()));
        merge(fields.present, new TreeMap<>(job.unknownFields()));
        return fields.present;
    }

    private static Map<String, Object> routing(Routing routing) {
        Fields fields = new Fields();
        fields.putSome("requirements", routing.requirements());
        fields.put("preference", wireName(routing.preference()));
        fields.put("fallback", wireName(routing.fallback()));
        return fields.present;
    }

    private static Object prompt(Prompt prompt, boolean hasUnknownFields) {
        Fields fields = new Fields();
        switch (prompt) {
            case Prompt.Text(String text)
            when !hasUnknownFields -> {
                return text;
            }
            case Prompt.Text(String text) -> fields.put("text", text);
            case Prompt.Template(String template, Map<String, String> variables) -> {
                fields.put("template", template);
                fields.put("variables", variables.isEmpty() ? null : new TreeMap<>(variables));
            }
        }
        return fields.present;
    }

    private static Map<String, Object> reference(Reference reference) {
        Fields fields = new Fields();
        fields.put("uri", reference.uri().toString());
        fields.put("role", reference.role().wireName());
        fields.put("sha256", reference.sha256());
        return fields.present;
    }

    private static Map<String, Object> output(Output output) {
        Fields fields = new Fields();
        fields.put("aspectRatio", output.aspectRatio());
        fields.put(
                "size",
                output.size() == Output.DEFAULT.size() ? null : output.size().wireName());
        fields.put("count", output.count() == Output.DEFAULT.count() ? null : output.count());
        fields.put("format", wireName(output.format()));
        fields.putSome(
                "renditions",
                output.renditions().stream().map(JobWriter::rendition).toList());
        return fields.present;
    }

    private static Map<String, Object> rendition(Rendition rendition) {
        Fields fields = new Fields();
        fields.put("name", rendition.name());
        fields.put("width", rendition.width());
        fields.put("height", rendition.height());
        fields.put("format", wireName(rendition.format()));
        return fields.present;
    }

    private static Map<String, Object> grounding(Grounding grounding) {
        Fields fields = new Fields();
        fields.put("webSearch", grounding.webSearch() ? true : null);
        fields.put("imageSearch", grounding.imageSearch() ? true : null);
        return fields.present;
    }

    private static @Nullable String wireName(@Nullable WireNamed constant) {
        return constant == null ? null : constant.wireName();
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /** Puts unknown fields beside the known ones, which win where both have a value. */
    @SuppressWarnings("unchecked") // objects here are made by this class
    private static void merge(Map<String, Object> known, Map<?, ?> unknown) {
        unknown.forEach((key, value) -> {
            String name = String.valueOf(key);
            switch (known.get(name)) {
                case null -> {
                    if (!LISTS.contains(name)) {
                        known.put(name, value);
                    }
                }
                case Map<?, ?> object
                when value instanceof Map<?, ?> below -> merge((Map<String, Object>) object, below);
                case List<?> list
                when value instanceof List<?> below -> {
                    for (int i = 0; i < Math.min(list.size(), below.size()); i++) {
                        if (list.get(i) instanceof Map<?, ?> element && below.get(i) instanceof Map<?, ?> rest) {
                            merge((Map<String, Object>) element, rest);
                        }
                    }
                }
                default -> {}
            }
        });
    }

    /** Keeps what is there. */
    private static final class Fields {
        private final Map<String, Object> present = new LinkedHashMap<>();

        void put(String name, @Nullable Object value) {
            if (value != null) {
                present.put(name, value);
            }
        }

        void putSome(String name, List<?> values) {
            if (!values.isEmpty()) {
                present.put(name, new ArrayList<>(values));
            }
        }
    }
}
