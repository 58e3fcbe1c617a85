package dev.renderfleet.sandbox.gemini;

import java.util.List;
import java.util.OptionalLong;

/** Calls for tests. */
final class Calls {
    static final ModelCatalogue CATALOGUE = ModelCatalogue.builtIn();
    static final ModelSpec DEFAULT = CATALOGUE.find("gemini-nano-banana-2.1").orElseThrow();

    private Calls() {}

    static GenerateCall prompt(String prompt) {
        return new GenerateCall(
                DEFAULT,
                prompt,
                List.of(),
                "1:1",
                "1K",
                CATALOGUE.pixels(DEFAULT, "1:1", "1K"),
                OptionalLong.empty(),
                false,
                true,
                Digests.of(prompt));
    }
}
