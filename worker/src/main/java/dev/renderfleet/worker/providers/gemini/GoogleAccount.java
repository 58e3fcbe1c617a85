package dev.renderfleet.worker.providers.gemini;

import com.google.auth.oauth2.GoogleCredentials;
import com.google.genai.Client;
import dev.renderfleet.worker.providers.wire.Redactor;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An account on one of Google's platforms. All is explicit, so that the SDK's environment variables cannot redirect keys or jobs. */
public final class GoogleAccount {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

    private final URI address;
    private final String key;
    private final UnaryOperator<Client.Builder> platform;

    private GoogleAccount(String address, String key, UnaryOperator<Client.Builder> platform) {
        this.address = URI.create(address);
        this.key = key;
        this.platform = platform;
    }

    /**
     * An account of the Gemini Developer API.
     *
     * @param apiKey of visible ASCII characters
     */
    public static GoogleAccount developerApi(String apiKey) {
        String key = Redactor.checkedKey(apiKey);
        return new GoogleAccount(
                "https://generativelanguage.googleapis.com",
                key,
                client -> client.vertexAI(false).apiKey(key));
    }

    /** An account of Vertex AI in express mode, which has a key and no project. */
    public static GoogleAccount vertexExpress(String apiKey) {
        String key = Redactor.checkedKey(apiKey);
        return new GoogleAccount(
                vertexAddress("global"), key, client -> client.vertexAI(true).apiKey(key));
    }

    /**
     * A project of Vertex AI. Looks for credentials at once, and fetches a token before the first call. Throws if there are none.
     *
     * @param credentials a service account's key or another file of Google's; null: application default credentials
     */
    public static GoogleAccount vertexProject(String project, String location, @Nullable Path credentials) {
        try {
            return vertexProject(project, location, read(credentials).createScoped(SCOPE));
        } catch (IOException e) {
            throw new IllegalArgumentException("no credentials for the project " + project + ": " + e.getMessage(), e);
        }
    }

    static GoogleAccount vertexProject(String project, String location, GoogleCredentials credentials) {
        if (!NAME.matcher(project).matches() || !NAME.matcher(location).matches()) {
            throw new IllegalArgumentException("no name of a project or location: " + project + ", " + location);
        }
        return new GoogleAccount(
                vertexAddress(location),
                "",
                client -> client.vertexAI(true)
                        .project(project)
                        .location(location)
                        .credentials(credentials));
    }

    private static GoogleCredentials read(@Nullable Path file) throws IOException {
        if (file == null) {
            return GoogleCredentials.getApplicationDefault();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return GoogleCredentials.fromStream(in);
        }
    }

    private static String vertexAddress(String location) {
        return switch (location) {
            case "global" -> "https://aiplatform.googleapis.com";
            case "us", "eu" -> "https://aiplatform." + location + ".rep.googleapis.com";
            default -> "https://" + location + "-aiplatform.googleapis.com";
        };
    }

    URI address() {
        return address;
    }

    /** Knows the key; tokens are added as they are used. */
    Redactor redactor() {
        return new Redactor(key);
    }

    Client.Builder client() {
        return platform.apply(Client.builder());
    }
}
