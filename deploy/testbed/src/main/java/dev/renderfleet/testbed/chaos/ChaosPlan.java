package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.planted.PlantedBug;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a run.
 *
 * @param models at least one; all equally likely
 * @param peer the peer whose workers run; null for ours
 * @param killEvery mean time between two kills of workers; zero for none
 * @param pauseEvery mean time between two pauses of a worker; zero for none
 * @param pauseFor how long a worker is paused; longer than the group's session time-out
 * @param s3FaultPercent of the workers' storage requests
 * @param providerFaultPercent of the jobs; their first call meets a fault
 * @param providerFaults at least one; all equally likely
 * @param duplicatePercent of the jobs; they are published twice
 * @param fallbackPercent of the jobs; they may go on with another model
 * @param editPercent of the jobs; they edit the image of an earlier job
 * @param points failpoints at which a worker is killed, in this order, instead of at random times; usually empty
 * @param modelMedianSeconds before the time scale, as is {@code modelP99Seconds}
 * @param patience the run ends after that time without a new outcome
 * @param scheduler null: jobs go to workers directly
 */
record ChaosPlan(
        long seed,
        int jobs,
        List<ChaosModel> models,
        @Nullable Peer peer,
        int workers,
        int slots,
        Duration killEvery,
        int brokerRestarts,
        Duration pauseEvery,
        Duration pauseFor,
        int s3FaultPercent,
        int providerFaultPercent,
        List<ProviderFault> providerFaults,
        int duplicatePercent,
        int fallbackPercent,
        int editPercent,
        List<FailpointName> points,
        @Nullable PlantedBug bug,
        double modelMedianSeconds,
        double modelP99Seconds,
        double timeScale,
        Duration patience,
        @Nullable SchedulerPlan scheduler) {

    ChaosPlan {
        models = List.copyOf(models);
        providerFaults = List.copyOf(providerFaults);
        points = List.copyOf(points);
    }

    /** Beyond the 99th percentile by a factor that cuts off one call in two million, plus room for a busy machine. */
    private static final int TIMEOUT_P99S = 6;

    private static final Duration TIMEOUT_ROOM = Duration.ofSeconds(10);

    /** The workers' time-out of a model call. */
    Duration modelTimeout() {
        return Duration.ofSeconds((long) Math.ceil(TIMEOUT_P99S * modelP99Seconds / timeScale))
                .plus(TIMEOUT_ROOM);
    }

    /** A random generator for one part of the run; other parts do not influence it. */
    RandomGenerator random(String part) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + part.hashCode());
    }

    /** Name of the workers, for reports and file names. */
    String workersName() {
        return peer == null ? "renderfleet" : peer.title();
    }

    /** The breaches that are judged. All jobs are valid; a peer's events list no prices. */
    Set<Breach> judged() {
        Set<Breach> judged = EnumSet.allOf(Breach.class);
        if (peer != null) {
            judged.removeAll(Set.of(Breach.HIDDEN, Breach.MISPRICED, Breach.OVERSPENT));
        }
        if (scheduler == null) {
            judged.removeAll(Set.of(Breach.UNBALANCED, Breach.MISCOUNTED, Breach.STARVED));
        }
        return judged;
    }

    /** Whether workers are killed and restarted. */
    boolean killsWorkers() {
        return killsAtFailpoints() || killEvery.isPositive();
    }

    /** Whether workers are killed at failpoints. */
    boolean killsAtFailpoints() {
        return !points.isEmpty();
    }
}
