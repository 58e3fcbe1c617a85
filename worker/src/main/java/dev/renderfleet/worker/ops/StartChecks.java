package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.assets.ConditionalPutProof;
import dev.renderfleet.worker.assets.ConditionalPutProof.Verdict.Honoured;
import dev.renderfleet.worker.assets.ConditionalPutProof.Verdict.NotHonoured;
import dev.renderfleet.worker.assets.ConditionalPutProof.Verdict.Unreachable;
import dev.renderfleet.worker.ledger.FleetMark;
import dev.renderfleet.worker.settle.KafkaClients;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** What must be so before a worker takes jobs: the bucket honours conditional puts, and is this fleet's. */
final class StartChecks {

    private static final Logger LOG = Logger.getLogger(StartChecks.class);

    private final ConditionalPutProof proof;
    private final FleetMark mark;
    private final Supplier<String> kafkaCluster;

    /** @param kafkaCluster asks Kafka for the cluster's id; may throw while Kafka does not answer */
    StartChecks(ConditionalPutProof proof, FleetMark mark, Supplier<String> kafkaCluster) {
        this.proof = proof;
        this.mark = mark;
        this.kafkaCluster = kafkaCluster;
    }

    /** What came of the checks. */
    sealed interface Result {
        /** Jobs may be taken. */
        record Passed() implements Result {}

        /** Somebody has to change something first. */
        record Refused(String what, String remedy) implements Result {}

        /** Something does not answer; worth another try. */
        record NotYet(String reason) implements Result {}
    }

    Result run() {
        try {
            return switch (proof.prove()) {
                case Honoured() -> bucketOfThisFleet();
                case NotHonoured(var what, var remedy) -> new Result.Refused(what, remedy);
                case Unreachable(var reason) -> new Result.NotYet(reason);
            };
        } catch (RuntimeException e) {
            LOG.warn("a check before the start failed by itself", e);
            return new Result.NotYet(e.toString());
        }
    }

    private Result bucketOfThisFleet() {
        return switch (mark.claim(kafkaCluster.get(), KafkaClients.GROUP)) {
            case FleetMark.Verdict.Ours() -> new Result.Passed();
            case FleetMark.Verdict.AnothersFleet(var theirs) ->
                new Result.Refused(
                        "the bucket is another fleet's: " + theirs,
                        "use a bucket of its own (renderfleet.s3.bucket); or, if that fleet has been stopped for good or has moved to"
                                + " this Kafka cluster, delete " + FleetMark.KEY + " from the bucket");
        };
    }
}
