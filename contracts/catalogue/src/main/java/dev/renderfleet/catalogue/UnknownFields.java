package dev.renderfleet.catalogue;

import dev.renderfleet.contracts.job.RenderJob;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a job that are not in the contract. Inside a known object such as {@code output} one is likely misspelt, and the image would
 * be paid and wrong. At the top it is carried for others.
 */
public final class UnknownFields {

    private static final Set<String> KNOWN = Arrays.stream(RenderJob.class.getRecordComponents())
            .map(RecordComponent::getName)
            .collect(Collectors.toUnmodifiableSet());
    /** The object inside another one. */
    private static final Set<String> KNOWN_NESTED = Set.of("renditions");

    private UnknownFields() {}

    /** Names of those at the top, in order. */
    public static List<String> atTop(RenderJob job) {
        return job.unknownFields().keySet().stream()
                .filter(name -> !KNOWN.contains(name))
                .sorted()
                .toList();
    }

    /** Path of the first one inside a known object, such as {@code output.colour}; null without one. */
    static @Nullable String nested(RenderJob job) {
        for (Map.Entry<String, Object> field : new TreeMap<>(job.unknownFields()).entrySet()) {
            if (KNOWN.contains(field.getKey())) {
                return path(field.getKey(), field.getValue());
            }
        }
        return null;
    }

    private static String path(String at, Object below) {
        return switch (below) {
            case Map<?, ?> object -> {
                Map.Entry<?, ?> first = object.entrySet().iterator().next();
                String path = at + "." + first.getKey();
                yield first.getValue() != null && KNOWN_NESTED.contains(String.valueOf(first.getKey()))
                        ? path(path, first.getValue())
                        : path;
            }
            case List<?> elements -> {
                int number = 0;
                while (elements.get(number) instanceof Map<?, ?> element && element.isEmpty()) {
                    number++;
                }
                yield path(at + "[" + number + "]", elements.get(number));
            }
            case Object _ -> at;
        };
    }
}
