package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads records from JSON objects by the names and types of their components. A component is required unless it is
 * {@code @Nullable}; an absent list or map is empty, an absent flag false. Knows the types that occur in events and signals.
 */
final class RecordReader {

    private RecordReader() {}

    static <R> R read(Class<R> type, JsonFields fields) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> value(component, fields))
                .toArray();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private static @Nullable Object value(RecordComponent component, JsonFields fields) {
        String name = component.getName();
        Class<?> type = component.getType();
        if (component.getAnnotatedType().isAnnotationPresent(Nullable.class) && !fields.has(name)) {
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
        } else if (type == List.class) {
            var elementType = (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            if (elementType == String.class) {
                return fields.texts(name, Integer.MAX_VALUE);
            }
            return fields.objects(name, Integer.MAX_VALUE).stream()
                    .map(element -> (Object) read(elementType, element))
                    .toList();
        }
        // The job's identity is flat in the event.
        return read(type, type == JobRef.class ? fields : fields.object(name));
    }
}
