package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMappingInterface.Property;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The settings table of the documents has each setting of {@link WorkerSettings}, its default and bounds; meanings are kept by hand. */
class SettingsTableTest {

    private static final Path PAGE = Path.of("..", "docs", "own-kafka-and-s3.md");
    private static final Pattern ROW = Pattern.compile("^\\| `(renderfleet\\.\\S+)` \\|.*\\| ([^|]*) \\|$");

    @Test
    void theTableIsThatOfTheInterface() throws IOException {
        var rows =
                Files.readAllLines(PAGE).stream().filter(ROW.asMatchPredicate()).toList();
        Map<String, String> meanings = rows.stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));

        var expected = ConfigMappings.getProperties(ConfigClass.configClass(WorkerSettings.class)).entrySet().stream()
                .filter(setting -> !setting.getValue().isMap())
                .map(setting -> row(setting.getKey().replace("*", "<name>"), setting.getValue(), meanings))
                .sorted()
                .toList();

        assertThat(rows.stream().sorted().collect(Collectors.joining("\n")))
                .as("the rows of %s, in any order", PAGE)
                .isEqualTo(String.join("\n", expected));
    }

    private static String row(String name, Property setting, Map<String, String> meanings) {
        String value = setting.hasDefaultValue()
                ? "`" + setting.getDefaultValue() + "`"
                : setting.isOptional() ? "none" : "required";
        var min = setting.getMethod().getAnnotation(Min.class);
        var max = setting.getMethod().getAnnotation(Max.class);
        String bounds = Stream.of(min == null ? "" : "≥ " + min.value(), max == null ? "" : "≤ " + max.value())
                .filter(Predicate.not(String::isEmpty))
                .collect(Collectors.joining(", "));
        return "| `%s` | %s | %s | %s |".formatted(name, value, bounds, meanings.getOrDefault(name, "?"));
    }
}
