package dev.renderfleet.sandbox;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a running sandbox are: the line of JSON it prints when it is ready. A part that was left out with
 * {@code --without} is absent, and asking for it is an error that says so. The control API is always there.
 *
 * @param simulators the model providers' APIs by name
 * @param control the control API's base URI
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SandboxEndpoints(
        boolean ready,
        long pid,
        String data,
        @Nullable String kafka,
        @Nullable Postgres postgres,
        @Nullable S3 s3,
        Map<String, Simulator> simulators,
        String control) {

    public SandboxEndpoints {
        simulators = Map.copyOf(simulators);
    }

    /** The database's superuser; what it holds is thrown away. */
    public record Postgres(String jdbcUrl, String user, String password) {}

    /** A bucket that exists, and path-style access to it; the direct endpoint is the same store, and meets no faults. */
    public record S3(
            String endpoint, String directEndpoint, String region, String bucket, String accessKey, String secretKey) {}

    /** A simulated API, and the base URI of its own part of the control API. */
    public record Simulator(String baseUrl, String apiKey, String control) {}

    public String bootstrapServers() {
        return present("kafka", kafka);
    }

    public Postgres database() {
        return present("postgres", postgres);
    }

    public S3 store() {
        return present("s3", s3);
    }

    public Simulator simulator(String name) {
        return present(name, simulators.get(name));
    }

    private static <T> T present(String part, @Nullable T endpoint) {
        if (endpoint == null) {
            throw new IllegalStateException("this sandbox runs without " + part);
        }
        return endpoint;
    }
}
