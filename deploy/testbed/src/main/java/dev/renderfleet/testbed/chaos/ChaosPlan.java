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
 * What shall happen in a run.
 *
 * @param peer whose workers; null for ours
 * @param killEvery time between two kills of workers; zero for none
 * @param pauseEvery time between two pauses of a worker; zero for none
 * @param pauseFor how long a worker is paused; longer than the group waits for it
 * @param s3FaultPercent of the requests of workers to the store
 * @param providerFaultPercent of the jobs; their first call meets a fault
 * @param providerFaults at least one; each as likely as the others
 * @param duplicatePercent of the jobs; they are published twice
 * @param points of a job's life; at each of them a worker dies, in this order, instead of at random moments. Mostly none
 * @param modelMedianSeconds before the time scale, as is {@code modelP99Seconds}
 * @param patience the run ends when no new outcome has come for so long
 */
record ChaosPlan(
        long seed,
        int jobs,
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
        List<FailpointName> points,
        @Nullable PlantedBug bug,
        double modelMedianSeconds,
        double modelP99Seconds,
        double timeScale,
        Duration patience) {

    ChaosPlan {
        providerFaults = List.copyOf(providerFaults);
        points = List.copyOf(points);
    }

    /** So far beyond the 99th percentile that one call in two million is cut off, and room for a busy machine. */
    private static final int TIMEOUT_P99S = 6;

    private static final Duration TIMEOUT_ROOM = Duration.ofSeconds(10);

    /** How long a worker waits for an answer of the model. */
    Duration modelTimeout() {
        return Duration.ofSeconds((long) Math.ceil(TIMEOUT_P99S * modelP99Seconds / timeScale))
                .plus(TIMEOUT_ROOM);
    }

    /** Randomness of its own for each part of the run, so that one part's draws do not shift another's. */
    RandomGenerator random(String part) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + part.hashCode());
    }

    /** Whose workers, for people and for names of files. */
    String whose() {
        return peer == null ? "renderfleet" : peer.title();
    }

    /** What is looked for. All jobs are sound; a peer's workers know no prices to list. */
    Set<Breach> asked() {
        return peer == null ? EnumSet.allOf(Breach.class) : EnumSet.complementOf(EnumSet.of(Breach.HIDDEN));
    }

    /** Whether workers are started again and again. */
    boolean killsWorkers() {
        return diesAtPoints() || killEvery.isPositive();
    }

    /** Whether a worker dies at points of a job's life. */
    boolean diesAtPoints() {
        return !points.isEmpty();
    }
}
