package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Writes jobs as JSON: defaults are omitted, unknown fields return to where they were found. Equal jobs have equal bytes. */
final class JobWriter {

    /** Lists of objects: unknown fields of an element that no longer exists are dropped. */
    private static final Set<String> LISTS = Set.of("references", "renditions");

    private JobWriter() {}

    static byte[] write(RenderJob job) {
        Map<String, Object> fields = MessageWriter.fields(job);
        fields.remove("priority", RenderJob.PRIORITY_DEFAULT);
        if (fields.get("output") instanceof Map<?, ?> output) {
            output.remove("size", Output.DEFAULT.size().wireName());
            output.remove("count", Output.DEFAULT.count());
            if (output.isEmpty()) {
                fields.remove("output");
            }
        }
        if (job.prompt() instanceof Prompt.Text(String text)
                && job.unknownFields().containsKey("prompt")) {
            fields.put("prompt", new LinkedHashMap<>(Map.of("text", text)));
        }
        merge(fields, new TreeMap<>(job.unknownFields()));
        return MessageWriter.write(fields);
    }

    /** Adds unknown fields to the known ones; a known field wins. */
    @SuppressWarnings("unchecked") // objects of MessageWriter have texts as names
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
}
