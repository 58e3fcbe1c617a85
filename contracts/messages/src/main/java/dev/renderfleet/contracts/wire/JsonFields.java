package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.WireNamed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object field by field. A wrong type is a {@link RuleViolation} with the path; null counts as absent. Remembers the
 * fields that were read, so that the unknown ones can be kept. For one thread and one reading.
 */
final class JsonFields {

    private final JsonPath path;
    private final Map<String, @Nullable Object> values;
    private final Set<String> known = new HashSet<>();
    private final Map<String, JsonFields> objects = new TreeMap<>();
    private final Map<String, List<JsonFields>> lists = new TreeMap<>();

    JsonFields(JsonPath path, Map<String, @Nullable Object> values) {
        this.path = path;
        this.values = values;
    }

    boolean has(String name) {
        return raw(name) != null;
    }

    boolean isText(String name) {
        return raw(name) instanceof String;
    }

    boolean isObject(String name) {
        return raw(name) instanceof Map<?, ?>;
    }

    @Nullable
    String textOrNull(String name) {
        return switch (raw(name)) {
            case null -> null;
            case String text -> text;
            case Object _ -> throw wrongType(name, "text in double quotes");
        };
    }

    String text(String name) {
        String text = textOrNull(name);
        if (text == null) {
            throw missing(name);
        }
        return text;
    }

    Instant instant(String name) {
        try {
            return OffsetDateTime.parse(text(name)).toInstant();
        } catch (DateTimeException _) {
            throw violation(name, name + " must be a time with offset such as 2026-11-23T08:30:00Z");
        }
    }

    boolean flag(String name) {
        return switch (raw(name)) {
            case null -> false;
            case Boolean truth -> truth;
            case Object _ -> throw wrongType(name, "true or false");
        };
    }

    @Nullable
    Long integerOrNull(String name, long min, long max) {
        Object value = raw(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Number number)) {
            throw wrongType(name, "a whole number without quotes");
        }
        try {
            // Exact: 5.0 is a whole number in JSON Schema too. Refuses huge exponents before expanding them.
            long whole = switch (number) {
                case BigDecimal decimal -> decimal.longValueExact();
                case BigInteger integer -> integer.longValueExact();
                default -> number.longValue();
            };
            if (whole >= min && whole <= max) {
                return whole;
            }
        } catch (ArithmeticException _) {
            // A fraction, or beyond 64 bits: refused below, by the same rule.
        }
        throw violation(
                name,
                String.format(
                        Locale.ROOT,
                        "%s must be a whole number from %d to %d, not %s",
                        name,
                        min,
                        max,
                        PrintableText.plain(number.toString(), 24)));
    }

    long integer(String name) {
        return integer(name, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    long integer(String name, long min, long max) {
        Long value = integerOrNull(name, min, max);
        if (value == null) {
            throw missing(name);
        }
        return value;
    }

    /** The number, or the given one if the field is absent. */
    long integer(String name, long min, long max, long absent) {
        Long value = integerOrNull(name, min, max);
        return value == null ? absent : value;
    }

    <E extends Enum<E> & WireNamed> @Nullable E oneOfOrNull(String name, Class<E> type) {
        String text = textOrNull(name);
        if (text == null) {
            return null;
        }
        E[] constants = type.getEnumConstants();
        for (E constant : constants) {
            if (constant.wireName().equals(text)) {
                return constant;
            }
        }
        String names = Arrays.stream(constants).map(WireNamed::wireName).collect(Collectors.joining(", "));
        throw violation(
                name,
                String.format(
                        Locale.ROOT, "%s has no value %s; known are %s", name, PrintableText.quoted(text), names));
    }

    @Nullable
    JsonFields objectOrNull(String name) {
        Object value = raw(name);
        if (value == null) {
            return null;
        }
        JsonFields fields = new JsonFields(at(name), asObject(name, value, at(name)));
        objects.put(name, fields);
        return fields;
    }

    JsonFields object(String name) {
        JsonFields fields = objectOrNull(name);
        if (fields == null) {
            throw missing(name);
        }
        return fields;
    }

    /** The objects of a list; none if the field is absent. */
    List<JsonFields> objects(String name, int countMax) {
        List<JsonFields> elements = new ArrayList<>();
        for (Object element : list(name, countMax)) {
            JsonPath at = at(name).element(elements.size());
            elements.add(new JsonFields(at, asObject(name + " element", element, at)));
        }
        lists.put(name, elements);
        return elements;
    }

    /** The texts of a list; none if the field is absent. */
    List<String> texts(String name, int countMax) {
        List<String> texts = new ArrayList<>();
        for (Object element : list(name, countMax)) {
            if (!(element instanceof String text)) {
                throw RuleViolation.wrongType(at(name).element(texts.size()), name + " element", "text", element);
            }
            texts.add(text);
        }
        return texts;
    }

    /** The names and texts of an object; none if the field is absent. In the order of the document. */
    Map<String, String> textsByName(String name, int countMax) {
        Object value = raw(name);
        Map<String, String> texts = new LinkedHashMap<>();
        if (value == null) {
            return texts;
        }
        Map<String, @Nullable Object> entries = asObject(name, value, at(name));
        if (entries.size() > countMax) {
            throw violation(
                    name,
                    String.format(Locale.ROOT, "%s has at most %d entries, not %d", name, countMax, entries.size()));
        }
        entries.forEach((key, entry) -> {
            if (!(entry instanceof String text)) {
                throw RuleViolation.wrongType(at(name).child(key), name + " value", "text in double quotes", entry);
            }
            texts.put(key, text);
        });
        return texts;
    }

    /**
     * The fields that were not read, at any depth: by name, nested below the name of their object, and for lists one object per
     * element. Nulls are omitted.
     */
    Map<String, Object> unknown() {
        Map<String, Object> rest = new TreeMap<>();
        values.forEach((name, value) -> {
            if (value != null && !known.contains(name)) {
                rest.put(name, value);
            }
        });
        objects.forEach((name, object) -> {
            Map<String, Object> below = object.unknown();
            if (!below.isEmpty()) {
                rest.put(name, below);
            }
        });
        lists.forEach((name, elements) -> {
            List<Map<String, Object>> below =
                    elements.stream().map(JsonFields::unknown).toList();
            if (below.stream().anyMatch(element -> !element.isEmpty())) {
                rest.put(name, below);
            }
        });
        return Collections.unmodifiableMap(rest);
    }

    /** The field's path, also if the field is absent. */
    JsonPath at(String name) {
        return path.child(name);
    }

    RuleViolation violation(String name, String message) {
        return RuleViolation.invalid(at(name), message);
    }

    /** A value of the wrong type. */
    RuleViolation wrongType(String name, String wanted) {
        return RuleViolation.wrongType(at(name), name, wanted, raw(name));
    }

    private @Nullable Object raw(String name) {
        known.add(name);
        return values.get(name);
    }

    private List<?> list(String name, int countMax) {
        List<?> list = switch (raw(name)) {
            case null -> List.of();
            case List<?> elements -> elements;
            case Object _ -> throw wrongType(name, "a list in brackets");
        };
        if (list.size() > countMax) {
            throw violation(
                    name,
                    String.format(Locale.ROOT, "%s has at most %d elements, not %d", name, countMax, list.size()));
        }
        return list;
    }

    // Objects of BoundedJson have texts as names.
    @SuppressWarnings("unchecked")
    private Map<String, @Nullable Object> asObject(String what, @Nullable Object value, JsonPath at) {
        if (!(value instanceof Map<?, ?> object)) {
            throw RuleViolation.wrongType(at, what, "an object in braces", value);
        }
        return (Map<String, @Nullable Object>) object;
    }

    private RuleViolation missing(String name) {
        return violation(name, name + " is missing; add it");
    }
}
