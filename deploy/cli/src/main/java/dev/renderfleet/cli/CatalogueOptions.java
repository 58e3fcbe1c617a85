package dev.renderfleet.cli;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.cli.cluster.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which catalogue on which day. */
final class CatalogueOptions {

    @Option(
            names = "--models-file",
            defaultValue = "${env:RENDERFLEET_MODELS_FILE}",
            description = "Model catalogue. Default: RENDERFLEET_MODELS_FILE, else the built-in one")
    private @Nullable Path file;

    @Option(names = "--date", description = "Day of the decision, such as 2026-12-01. Default: today in UTC")
    private @Nullable LocalDate date;

    ModelCatalogue catalogue() {
        if (file == null) {
            return ModelCatalogue.builtIn();
        }
        try (InputStream yaml = Files.newInputStream(file)) {
            return ModelCatalogue.read(yaml);
        } catch (IOException e) {
            throw new UserError("The model catalogue " + file + " cannot be read: " + e.getMessage());
        }
    }

    LocalDate day() {
        return date == null ? LocalDate.now(ZoneOffset.UTC) : date;
    }
}
