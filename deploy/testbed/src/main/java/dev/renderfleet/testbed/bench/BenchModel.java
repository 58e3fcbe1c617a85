package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.system.ModelsFile;
import java.util.Locale;

/** A model of each kind of provider: the picture in the answer, of Google and of OpenAI; a task and an address of the picture. */
enum BenchModel {
    GEMINI(ModelsFile.MODEL, "/v1beta/models/" + ModelsFile.MODEL + ":generateContent", BenchFleet.SLOTS),
    OPENAI("gpt-image-2.6-flare", "/v1/images/generations", BenchFleet.SLOTS),
    BFL("flux-2-pro", "/v1/flux-2-pro", 24);

    private final String id;
    private final String path;
    private final int calls;

    BenchModel(String id, String path, int calls) {
        this.id = id;
        this.path = path;
        this.calls = calls;
    }

    /** The provider's name in settings and in the sandbox. */
    String provider() {
        return toString();
    }

    String id() {
        return id;
    }

    /** Where a call is sent. */
    String path() {
        return path;
    }

    /** How many at a time. */
    int calls() {
        return calls;
    }

    /** As people write it on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
