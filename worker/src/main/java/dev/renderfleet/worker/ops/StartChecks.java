package dev.renderfleet.worker.ops;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.ledger.BucketOwner;
import dev.renderfleet.worker.storage.ConditionalPutProbe;
import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult;
import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult.Honoured;
import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult.NotHonoured;
import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult.Unreachable;
import dev.renderfleet.worker.storage.ObjectKeys;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Checks before the first job: the bucket honours conditional puts and belongs to this fleet, and Kafka has the topics. */
final class StartChecks {

    private static final Logger LOG = Logger.getLogger(StartChecks.class);

    private final ConditionalPutProbe probe;
    private final BucketOwner bucketOwner;
    private final Supplier<String> kafkaCluster;
    private final Supplier<Set<String>> missingTopics;
    private final Supplier<List<String>> weakTopics;

    /**
     * @param kafkaCluster the id of the Kafka cluster; may throw while Kafka does not answer
     * @param missingTopics topics that do not exist; one outcome for such a topic would block all others
     * @param weakTopics topics with too few replicas
     */
    StartChecks(
            ConditionalPutProbe probe,
            BucketOwner bucketOwner,
            Supplier<String> kafkaCluster,
            Supplier<Set<String>> missingTopics,
            Supplier<List<String>> weakTopics) {
        this.probe = probe;
        this.bucketOwner = bucketOwner;
        this.kafkaCluster = kafkaCluster;
        this.missingTopics = missingTopics;
        this.weakTopics = weakTopics;
    }

    /** Result of the checks. */
    sealed interface Result {
        /** Jobs may be consumed. */
        record Passed() implements Result {}

        /** An operator must change something first. */
        record Refused(String what, String remedy) implements Result {}

        /** Kafka or S3 does not answer; to be retried. */
        record NotYet(String reason) implements Result {}
    }

    Result run() {
        Result result = check();
        if (result instanceof Result.Passed) {
            warnOfWeakTopics();
        }
        return result;
    }

    private void warnOfWeakTopics() {
        try {
            List<String> weak = weakTopics.get();
            if (!weak.isEmpty()) {
                LOG.warnf(
                        "the loss of one broker may lose records: use 3 replicas and min.insync.replicas=2, topics=%s",
                        weak);
            }
        } catch (RuntimeException e) {
            LOG.warnf("replicas of the topics not checked, cause=%s", e.toString());
        }
    }

    private Result check() {
        try {
            String cluster = kafkaCluster.get();
            Set<String> missing = missingTopics.get();
            if (!missing.isEmpty()) {
                return new Result.NotYet(
                        "Kafka has no topics " + missing + "; create them, or let this worker see them (DESCRIBE)");
            }
            return switch (bucketOwner.check(cluster, ConsumerGroups.WORKERS)) {
                case BucketOwner.OwnerStatus.Ours() -> result(probe.probeOnce());
                case BucketOwner.OwnerStatus.Unclaimed() -> {
                    Result result = result(probe.probeRaces());
                    if (result instanceof Result.Passed) {
                        bucketOwner.claim(cluster, ConsumerGroups.WORKERS);
                        // Another fleet may have been quicker.
                        yield check();
                    }
                    yield result;
                }
                case BucketOwner.OwnerStatus.Foreign(var theirs) ->
                    new Result.Refused(
                            "the bucket is another fleet's: " + theirs,
                            "use a bucket of its own (renderfleet.s3.bucket); or, if that fleet has been stopped for"
                                    + " good or has moved to this Kafka cluster,"
                                    + " delete"
                                    + " " + ObjectKeys.OWNER + " from the bucket");
            };
        } catch (RuntimeException e) {
            LOG.warnf("start check without answer, cause=%s", e.toString());
            return new Result.NotYet(String.valueOf(e.getMessage()));
        }
    }

    private static Result result(ProbeResult verdict) {
        return switch (verdict) {
            case Honoured() -> new Result.Passed();
            case NotHonoured(var what, var remedy) -> new Result.Refused(what, remedy);
            case Unreachable(var reason) -> new Result.NotYet(reason);
        };
    }
}
