package dev.renderfleet.testbed;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The relative links of the repository's documents lead to files; the classes, tests and members that ARCHITECTURE.md names exist; alerts
 * and dashboards use metrics that docs/operations.md describes.
 */
class DocumentsTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern SKIPPED = Pattern.compile("/(target|\\.git|demo-output)/");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s:]+)(#[^)\\s]*)?\\)");
    private static final Pattern CLASS_AND_MEMBER = Pattern.compile("`([A-Z]+[a-z]\\w*)(?:\\.(\\w+))?…?`");

    /** Without the ending that Prometheus adds to the parts of a histogram. */
    private static final Pattern METRIC = Pattern.compile("\\b(renderfleet_[a-z_]+?)(?:_bucket|_count|_sum)?\\b");

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        assertThat(failures(".*\\.md", LINK, (document, link) -> Files.exists(document.resolveSibling(link.group(1)))))
                .isEmpty();
    }

    @Test
    void everyClassThatTheArchitectureNamesExists() throws IOException {
        Map<String, String> sources = files(".*\\.java").stream()
                .collect(toMap(file -> file.getFileName().toString(), DocumentsTest::text, String::concat));

        assertThat(failures(".*/ARCHITECTURE\\.md", CLASS_AND_MEMBER, (_, named) -> {
                    String source = sources.get(named.group(1) + ".java");
                    return source != null && (named.group(2) == null || source.contains(" " + named.group(2)));
                }))
                .isEmpty();
    }

    @Test
    void alertsAndDashboardsUseMetricsOfTheOperationsGuide() throws IOException {
        String guide = text(ROOT.resolve("docs").resolve("operations.md"));

        assertThat(failures(
                        ".*/deploy/observability/.*\\.(yml|json)",
                        METRIC,
                        (_, metric) -> guide.contains("`" + metric.group(1))))
                .isEmpty();
    }

    private static List<String> failures(String documents, Pattern pattern, BiPredicate<Path, MatchResult> holds)
            throws IOException {
        return files(documents).stream()
                .flatMap(document -> pattern.matcher(text(document))
                        .results()
                        .filter(match -> !holds.test(document, match))
                        .map(match -> document + ": " + match.group()))
                .toList();
    }

    private static List<Path> files(String pattern) throws IOException {
        try (var all = Files.find(
                ROOT,
                Integer.MAX_VALUE,
                (path, _) -> path.toString().matches(pattern)
                        && !SKIPPED.matcher(path.toString()).find())) {
            return all.toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
