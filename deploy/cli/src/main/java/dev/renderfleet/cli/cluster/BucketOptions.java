package dev.renderfleet.cli.cluster;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a bucket. Its keys have no option, since others can read a command line. */
public final class BucketOptions {

    private static final String ENDPOINT = "RENDERFLEET_S3_ENDPOINT";
    private static final String REGION = "RENDERFLEET_S3_REGION";
    private static final String BUCKET = "RENDERFLEET_S3_BUCKET";
    private static final String ACCESS_KEY = "RENDERFLEET_S3_ACCESS_KEY";
    private static final String SECRET_KEY = "RENDERFLEET_S3_SECRET_KEY";

    @Option(names = "--s3-endpoint", paramLabel = "URL", description = "The storage's address (" + ENDPOINT + ")")
    private @Nullable String endpoint;

    @Option(names = "--s3-region", description = "The storage's region (" + REGION + "). Default: us-east-1")
    private @Nullable String region;

    @Option(names = "--bucket", description = "The bucket (" + BUCKET + "). Default: renderfleet")
    private @Nullable String bucket;

    /** The bucket, which can be listed. Fails with a {@link UserError} that names the setting to change. */
    public Bucket open(ClusterOptions cluster) {
        Settings settings = cluster.settings();
        var address = new BucketAddress(
                required(endpoint, ENDPOINT, "--s3-endpoint, ", settings),
                setting(region, REGION, "us-east-1", settings),
                setting(bucket, BUCKET, "renderfleet", settings),
                required(null, ACCESS_KEY, "", settings),
                required(null, SECRET_KEY, "", settings),
                settings.find("RENDERFLEET_S3_ADDRESSING"),
                settings.find("RENDERFLEET_S3_CA_FILE"));
        try {
            var opened = new Bucket(address);
            opened.accessProblem().ifPresent(problem -> {
                throw new UserError(message(problem, address));
            });
            return opened;
        } catch (IllegalArgumentException e) {
            // Also the client's own rules for addresses and names.
            throw new UserError(
                    "The S3 settings are not valid (--s3-endpoint, --bucket, RENDERFLEET_S3_*): " + e.getMessage());
        }
    }

    private static String message(Bucket.AccessProblem problem, BucketAddress address) {
        return switch (problem) {
            case NO_ANSWER -> "No storage answers at " + address.endpoint() + ": check --s3-endpoint or " + ENDPOINT;
            case UNKNOWN_ACCESS_KEY -> "The storage does not know the key in " + ACCESS_KEY;
            case WRONG_SECRET_KEY -> "The secret in " + SECRET_KEY + " is not that of the key in " + ACCESS_KEY;
            case NO_BUCKET -> "The storage has no bucket " + address.bucket() + ": check --bucket or " + BUCKET;
            case UNAVAILABLE -> "The storage at " + address.endpoint() + " answers with an error; try again later";
            case OTHER ->
                "The bucket " + address.bucket() + " cannot be read: check --bucket, --s3-region, " + ACCESS_KEY
                        + " and " + SECRET_KEY;
        };
    }

    private static String setting(@Nullable String option, String name, String otherwise, Settings settings) {
        String value = option == null ? settings.find(name) : option;
        return value == null ? otherwise : value;
    }

    private static String required(@Nullable String option, String name, String optionName, Settings settings) {
        String value = option == null ? settings.find(name) : option;
        if (value == null) {
            throw new UserError("The bucket's settings are incomplete: set " + optionName + name + " or a --profile");
        }
        return value;
    }
}
