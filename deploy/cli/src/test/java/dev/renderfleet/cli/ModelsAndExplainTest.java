package dev.renderfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsAndExplainTest {

    private static final String DAY = "--date=2026-11-30";

    @TempDir
    private Path folder = Path.of("set by JUnit");

    private final StringWriter out = new StringWriter();

    @Test
    void modelsShowIdsAliasesPricesAndValidity() {
        assertThat(run("models", DAY)).isZero();

        assertThat(lineOf("gemini-nano-banana-2.1"))
                .contains("gemini", "1K $0.0336, 2K $0.0504, 4K $0.1134", "nano-banana, nano-banana-2.1");
        assertThat(lineOf("gpt-image-2 ")).contains("1K $0.00588 to $0.21072");
        assertThat(lineOf("flux-2-pro")).contains("$0.03 + $0.015 a further MP");
        assertThat(lineOf("qwen-image-2.1-pro")).contains("not known");
        assertThat(lineOf("gpt-image-1.5")).contains("until 2026-11-30, then gpt-image-2.6-flare");
        assertThat(lineOf("gemini-3.1-flash-image")).contains("retired 2026-10-29, then gemini-nano-banana-2.1");
        assertThat(lineOf("vertex-gemini-3.1-flash-image"))
                .contains("vertex", "until 2027-05-27, then vertex-gemini-nano-banana-2.1");
    }

    @Test
    void explainNamesCandidatesReasonsPricesAndExclusions() throws IOException {
        assertThat(explain("{'tenant':'t','idempotencyKey':'k','prompt':'vase','output':{'size':'4K'}}", DAY))
                .isZero();

        assertThat(lineOf("candidate gemini-nano-banana-2.1"))
                .contains("at most $0.174846", "best by cost of 6 models that fit");
        assertThat(lineOf("excluded  gpt-image-2 ")).contains("output.size: gpt-image-2 draws 1K, 2K, not 4K");
        assertThat(out.toString().strip())
                .endsWith("A worker would call gemini-nano-banana-2.1: best by cost of 6 models that fit.");
    }

    @Test
    void explainKnowsHoldsAndTheProvidersOfTheWorkers() throws IOException {
        String job = "{'tenant':'t','idempotencyKey':'k','prompt':'vase'}";

        assertThat(explain(job, DAY, "--provider=gemini", "--held=gemini-3.1-flash-lite-image"))
                .isZero();
        assertThat(out.toString())
                .endsWith(
                        "A worker would call gemini-2.5-flash-image: best by cost of 4 models that fit, 1 of them on hold.\n");
        assertThat(lineOf("candidate gemini-3.1-flash-lite-image")).endsWith("on hold, the job waits");
        assertThat(lineOf("excluded  flux-2-pro")).contains("renderfleet.providers.bfl.api-key");
    }

    @Test
    void explainEndsWithTheRejectionThatAWorkerWouldPublish() throws IOException {
        String job = "{'tenant':'t','idempotencyKey':'k','prompt':'vase','model':'gpt-image-1.5'}";

        assertThat(explain(job, "--date=2026-12-01")).isOne();
        assertThat(out.toString())
                .contains("A worker would reject the job as retired_model. model: gpt-image-1.5 was switched off by its"
                        + " provider on 2026-12-01; name gpt-image-2.6-flare");
        assertThat(explain("{'tenant':'t'}")).isOne();
        assertThat(out.toString()).contains("A worker would reject the job as invalid_field. idempotencyKey:");
    }

    @Test
    void aWrongCatalogueIsNamedWithLineAndField() throws IOException {
        Path wrong =
                Files.writeString(folder.resolve("models.yaml"), "version: '1'\nproviders:\n  - {name: a, type: b}\n");

        assertThat(run("models", "--models-file=" + wrong)).isOne();
        assertThat(out.toString()).contains("models.yaml cannot be read", "line: 3", "type");
    }

    private int explain(String job, String... options) throws IOException {
        Path file = Files.writeString(folder.resolve("job.json"), job.replace('\'', '"'));
        String[] all = new String[options.length + 2];
        all[0] = "explain";
        all[1] = file.toString();
        System.arraycopy(options, 0, all, 2, options.length);
        return run(all);
    }

    private int run(String... arguments) {
        var writer = new PrintWriter(out, true);
        CommandLine line = Cli.commandLine(new Cli());
        return line.setOut(writer).setErr(writer).execute(arguments);
    }

    private String lineOf(String beginning) {
        return out.toString()
                .lines()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElse("no line of " + beginning + " in " + out);
    }
}
