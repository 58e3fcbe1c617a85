package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.storage.S3Endpoint.Addressing;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * All settings of a worker. An unknown key below {@code renderfleet.} in a file or system property, an environment variable that
 * misspells a setting, or a value out of bounds stops the start.
 */
@ConfigMapping(prefix = "renderfleet")
public interface WorkerSettings {

    /** The bucket for images and ledger. */
    S3 s3();

    /** Image model providers by name; one without {@code api-key} or {@code project} is not called. {@code proof} and servers of one's own need none. */
    Map<String, Provider> providers();

    /** Bounds of one worker. */
    Worker worker();

    /** Which references may be read. */
    References references();

    /** For tests. Refused unless Kafka, S3 and all providers are on this machine. */
    Chaos chaos();

    /** A model catalogue to use instead of the built-in one. */
    Optional<Path> modelsFile();

    /** Access to S3-compatible storage. The bucket must exist and honour conditional puts. */
    interface S3 {
        /** Such as {@code https://s3.eu-central-1.amazonaws.com}. */
        URI endpoint();

        /** As the store expects it in signatures. */
        @WithDefault("us-east-1")
        String region();

        /** Holds {@code assets/}, {@code inputs/} and {@code ledger/}. */
        @WithDefault("renderfleet")
        String bucket();

        /** Never logged. */
        String accessKey();

        /** Never logged. */
        String secretKey();

        /** Whether requests name the bucket in the path or in the host; virtual-hosted at Amazon and Alibaba, path elsewhere, if absent. */
        Optional<Addressing> addressing();

        /** The bucket that the fleet used before, as {@code endpoint/bucket}: moves the fleet, whose workers have all been stopped. */
        Optional<String> movedFrom();

        /**
         * The address at which image model providers reach the bucket: OpenAI then reads the pictures of edits at pre-signed URLs. They
         * are uploaded with each call if absent.
         */
        Optional<URI> publicEndpoint();

        /** Certificates in PEM form, as of a private certificate authority, that are trusted beside those of the JDK. */
        Optional<Path> caFile();
    }

    /** Access to a provider. */
    interface Provider {
        /** Another address than the provider's own: a proxy, a simulator; of a server of one's own its address. */
        Optional<URI> baseUrl();

        /** Never logged. */
        Optional<String> apiKey();

        /** Of type {@code vertex}: the Google Cloud project that is billed; none with an API key, which is of the express mode. */
        Optional<String> project();

        /** Of type {@code vertex} with a project: where models run. */
        @WithDefault("global")
        String location();

        /**
         * Of type {@code vertex} with a project: a file with a service account's key or other credentials; Google's application default
         * credentials if absent.
         */
        Optional<Path> credentials();

        /** Of type {@code comfyui}: a folder with {@code <model>.json} for each of its models; the built-in workflow if absent. */
        Optional<Path> workflows();

        /** {@code false} on each worker: the fleet gives the provider up; its jobs are rejected. */
        @WithDefault("true")
        boolean enabled();
    }

    /** Bounds of one worker. */
    interface Worker {
        /** Renders in progress at the same time. */
        @WithDefault("64")
        @Min(1)
        @Max(4_096)
        int slots();

        /**
         * Records in progress, at least twice as many as slots: one model has half of them at most. A waiting job costs a few kilobytes.
         */
        @WithDefault("1000")
        @Min(2)
        @Max(10_000)
        int window();

        /** Time to finish renders at shutdown: longer than the slowest model's time-out, shorter than the orchestrator's grace period. */
        @WithDefault("PT10M")
        Duration drainGrace();

        /** Folder for references and images in flight: 64 MiB for each slot, and more for references. */
        @WithDefault("${java.io.tmpdir}/renderfleet-spool")
        Path spool();

        /**
         * Name of this worker in ledger and logs; a new one for each start if absent. At most 163 characters: with the unique part of each
         * start 200, the longest origin of a signal.
         */
        Optional<@Size(max = 163) String> name();
    }

    /** Which references may be read. */
    interface References {
        /** Lets {@code https://} references lead to private addresses. Only for networks without tenants. */
        @WithDefault("false")
        boolean allowPrivateAddresses();
    }

    /** How tests kill a worker. */
    interface Chaos {
        /** Ends the process, as kill -9 does, when a job reaches this point. */
        Optional<Failpoint> killAt();

        /** At which hit of that point. */
        @WithDefault("1")
        @Min(1)
        int killAtHit();
    }
}
