package dev.renderfleet.worker.providers.gemini;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import java.time.Instant;
import java.util.Date;

/** The ways to call Gemini, of which tests run with each. */
enum Platform {
    DEVELOPER_API,
    VERTEX_EXPRESS,
    VERTEX_PROJECT;

    /** @param secret API key or access token */
    GoogleAccount account(String secret) {
        return switch (this) {
            case DEVELOPER_API -> GoogleAccount.developerApi(secret);
            case VERTEX_EXPRESS -> GoogleAccount.vertexExpress(secret);
            case VERTEX_PROJECT ->
                GoogleAccount.vertexProject(
                        "a-project",
                        "global",
                        GoogleCredentials.create(
                                new AccessToken(secret, Date.from(Instant.parse("2099-01-01T00:00:00Z")))));
        };
    }
}
