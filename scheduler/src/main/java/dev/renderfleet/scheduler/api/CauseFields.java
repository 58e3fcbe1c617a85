package dev.renderfleet.scheduler.api;

import dev.renderfleet.scheduler.why.Cause;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cause as it is answered: its kind, its sentence and the components of its record that have a value. */
final class CauseFields {

    private CauseFields() {}

    static Map<String, Object> of(Cause cause) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kind", cause.code());
        fields.put("sentence", cause.sentence());
        for (RecordComponent component : cause.getClass().getRecordComponents()) {
            Object value = value(cause, component);
            if (value != null) {
                fields.put(
                        component.getName(),
                        value instanceof Enum<?> word ? word.name().toLowerCase(Locale.ROOT) : value);
            }
        }
        return fields;
    }

    private static @Nullable Object value(Cause cause, RecordComponent component) {
        try {
            return component.getAccessor().invoke(cause);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
