package dev.renderfleet.testbed.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A catalogue of one model for workers, with a time-out that a run can wait for. */
final class ModelsFile {

    static final String MODEL = "gemini-nano-banana-2.1";

    private ModelsFile() {}

    static void write(Path file, Duration timeout) {
        String text = """
                version: chaos
                models:
                  - id: %s
                    provider: gemini
                    aliases: []
                    sizes: ["1K"]
                    ratios: ["1:1"]
                    references-max: 0
                    capabilities: []
                    quality: 80
                    typical-seconds: 8
                    timeout: %s
                    prices: {picture: {"1K": 33600}, input-per-million: 1500000, output-text-per-million: 7500000}
                    tokens: {reference: 1120}
                """.formatted(MODEL, timeout);
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
