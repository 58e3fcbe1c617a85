package dev.renderfleet.sandbox.simulators.gemini;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a path and method ask for, on the Developer API and on Vertex AI. */
sealed interface GeminiRoute {
    /** Each has its own kind of credentials. */
    enum Platform {
        DEVELOPER_API,
        VERTEX_EXPRESS,
        VERTEX_PROJECT;

        boolean isVertex() {
            return this != DEVELOPER_API;
        }
    }

    default Platform platform() {
        return Platform.DEVELOPER_API;
    }

    /** generateContent, or streamGenerateContent. */
    record Generate(String model, boolean stream, Platform platform) implements GeminiRoute {}

    /** The exchange of a service account's signed claim for an access token. */
    record Token() implements GeminiRoute {}

    record ListModels() implements GeminiRoute {}

    record GetModel(String model) implements GeminiRoute {}

    Pattern DEVELOPER_CALL =
            Pattern.compile("/v1(?:beta|alpha)?/models/([^/:]+):(generateContent|streamGenerateContent)");
    Pattern VERTEX_CALL = Pattern.compile(
            "/v1(?:beta1)?/(projects/[^/]+/locations/[^/]+/)?publishers/google/models/([^/:]+):(generateContent|streamGenerateContent)");
    Pattern MODELS = Pattern.compile("/v1(?:beta|alpha)?/models(?:/([^/:]+))?");

    static Optional<GeminiRoute> of(String method, String path) {
        Matcher developer = DEVELOPER_CALL.matcher(path);
        if (method.equals("POST") && developer.matches()) {
            return Optional.of(
                    new Generate(developer.group(1), developer.group(2).startsWith("stream"), Platform.DEVELOPER_API));
        }
        Matcher vertex = VERTEX_CALL.matcher(path);
        if (method.equals("POST") && vertex.matches()) {
            return Optional.of(new Generate(
                    vertex.group(2),
                    vertex.group(3).startsWith("stream"),
                    vertex.group(1) == null ? Platform.VERTEX_EXPRESS : Platform.VERTEX_PROJECT));
        }
        if (method.equals("POST") && path.equals("/token")) {
            return Optional.of(new Token());
        }
        Matcher models = MODELS.matcher(path);
        if (method.equals("GET") && models.matches()) {
            String model = models.group(1);
            return Optional.of(model == null ? new ListModels() : new GetModel(model));
        }
        return Optional.empty();
    }
}
