package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads records from JSON objects by the names and types of their components. A component is required unless it is
 * {@code @Nullable}; an absent list or map is empty, an absent flag false. Knows the types that occur in events and signals.
 */
final class RecordReader {

    /** Reflection costs more than the rest of the reading, so each type is looked at once. */
    private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            try {
                return new Shape(
                        type.getDeclaredConstructor(types),
                        Arrays.stream(components).map(RecordReader::part).toList());
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(type + " has no canonical constructor", e);
            }
        }
    };

    private RecordReader() {}

    private record Shape(Constructor<?> constructor, List<Part> parts) {}

    /** @param element of a list */
    private record Part(
            String name,
            Class<?> type,
            boolean nullable,
            @Nullable Class<?> element) {}

    private static Part part(RecordComponent component) {
        return new Part(
                component.getName(),
                component.getType(),
                component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                component.getType() == List.class
                        ? (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                        : null);
    }

    static <R> R read(Class<R> type, JsonFields fields) {
        Shape shape = SHAPES.get(type);
        Object[] values =
                shape.parts().stream().map(part -> value(part, fields)).toArray();
        try {
            return type.cast(shape.constructor().newInstance(values));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private static @Nullable Object value(Part part, JsonFields fields) {
        String name = part.name();
        Class<?> type = part.type();
        if (part.nullable() && !fields.has(name)) {
            return null;
        }
        if (type == String.class) {
            return fields.text(name);
        } else if (type == long.class || type == Long.class) {
            return fields.integer(name);
        } else if (type == int.class) {
            return (int) fields.integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == boolean.class) {
            return fields.flag(name);
        } else if (type == Instant.class) {
            return fields.instant(name);
        } else if (type == FailureCode.class) {
            return FailureCode.ofWireName(fields.text(name));
        } else if (type == Map.class) {
            return fields.textsByName(name, Integer.MAX_VALUE);
        } else if (part.element() == String.class) {
            return fields.texts(name, Integer.MAX_VALUE);
        } else if (type == List.class) {
            Class<?> elementType = Objects.requireNonNull(part.element());
            return fields.objects(name, Integer.MAX_VALUE).stream()
                    .map(element -> (Object) read(elementType, element))
                    .toList();
        }
        // The job's identity is flat in the event.
        return read(type, type == JobRef.class ? fields : fields.object(name));
    }
}
