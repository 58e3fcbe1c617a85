package dev.renderfleet.peers.common;

import java.time.Duration;
import java.util.Map;

/**
 * The same environment variables as the worker's, so that one harness starts all of them. Keys are never shown.
 *
 * @param modelTimeout {@code PEER_MODEL_TIMEOUT}, ISO 8601; the SDK's default is none, and a call that hangs would keep its thread for ever
 */
public record PeerSettings(
        String kafka,
        String s3Endpoint,
        String s3Region,
        String bucket,
        String s3AccessKey,
        String s3SecretKey,
        String geminiUrl,
        String geminiKey,
        Duration modelTimeout) {

    private static final String MODEL_TIMEOUT = "PT60S";

    /** From this process's environment; fails, naming it, where a variable is missing. */
    public static PeerSettings ofEnvironment() {
        Map<String, String> all = System.getenv();
        return new PeerSettings(
                required(all, "KAFKA_BOOTSTRAP_SERVERS"),
                required(all, "RENDERFLEET_S3_ENDPOINT"),
                all.getOrDefault("RENDERFLEET_S3_REGION", "us-east-1"),
                all.getOrDefault("RENDERFLEET_S3_BUCKET", "renderfleet"),
                required(all, "RENDERFLEET_S3_ACCESS_KEY"),
                required(all, "RENDERFLEET_S3_SECRET_KEY"),
                required(all, "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL"),
                required(all, "RENDERFLEET_PROVIDERS_GEMINI_API_KEY"),
                Duration.parse(all.getOrDefault("PEER_MODEL_TIMEOUT", MODEL_TIMEOUT)));
    }

    private static String required(Map<String, String> all, String name) {
        String value = all.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set");
        }
        return value;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "Kafka " + kafka + ", S3 " + s3Endpoint + " bucket " + bucket + ", Gemini " + geminiUrl;
    }
}
