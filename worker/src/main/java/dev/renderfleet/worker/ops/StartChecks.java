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
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Checks before the first job: the bucket honours conditional puts and belongs to this fleet; Kafka has the topics and lets this worker use them. */
final class StartChecks {

    private static final Logger LOG = Logger.getLogger(StartChecks.class);

    private final ConditionalPutProbe probe;
    private final BucketOwner bucketOwner;
    private final Supplier<String> kafkaCluster;
    private final Supplier<List<String>> topicFaults;
    private final Supplier<List<String>> topicWarnings;
    private final Supplier<Result> fleet;

    /**
     * @param kafkaCluster the id of the Kafka cluster; may throw while Kafka does not answer
     * @param topicFaults why jobs cannot be consumed and settled yet, each with its remedy
     * @param topicWarnings what an operator should change all the same
     * @param fleet the last check, which records this worker
     */
    StartChecks(
            ConditionalPutProbe probe,
            BucketOwner bucketOwner,
            Supplier<String> kafkaCluster,
            Supplier<List<String>> topicFaults,
            Supplier<List<String>> topicWarnings,
            Supplier<Result> fleet) {
        this.probe = probe;
        this.bucketOwner = bucketOwner;
        this.kafkaCluster = kafkaCluster;
        this.topicFaults = topicFaults;
        this.topicWarnings = topicWarnings;
        this.fleet = fleet;
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
            warnOfTopics();
        }
        return result;
    }

    private void warnOfTopics() {
        try {
            topicWarnings.get().forEach(LOG::warn);
        } catch (RuntimeException e) {
            LOG.warnf("settings of the topics not checked, cause=%s", e.toString());
        }
    }

    private Result check() {
        try {
            String cluster = kafkaCluster.get();
            List<String> faults = topicFaults.get();
            if (!faults.isEmpty()) {
                return new Result.NotYet(String.join("; ", faults));
            }
            return switch (bucketOwner.check(cluster, ConsumerGroups.WORKERS)) {
                case BucketOwner.OwnerStatus.Ours() -> {
                    Result result = result(probe.probeOnce());
                    yield result instanceof Result.Passed ? fleet.get() : result;
                }
                case BucketOwner.OwnerStatus.Unclaimed() -> {
                    Result result = result(probe.probeRaces());
                    if (result instanceof Result.Passed) {
                        bucketOwner.claim(cluster, ConsumerGroups.WORKERS);
                        // Another fleet may have written first.
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
