package dev.renderfleet.testbed.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * So many jobs as fast as they go.
 *
 * @param cpuMillisPerJob processor time of the process that is measured
 * @param sandboxCpuMillisPerJob processor time of Kafka, S3 and the simulator together
 */
record Round(
        int jobs,
        double seconds,
        double jobsPerSecond,
        double cpuMillisPerJob,
        double sandboxCpuMillisPerJob,
        long bytesStored) {

    static Round of(int jobs, long nanos, long cpuNanos, long sandboxCpuNanos, long bytesStored) {
        return new Round(
                jobs,
                nanos / 1e9,
                jobs / (nanos / 1e9),
                cpuNanos / 1e6 / jobs,
                sandboxCpuNanos / 1e6 / jobs,
                bytesStored);
    }

    /** The round of median processor time. */
    static Round median(List<Round> rounds) {
        return rounds.stream()
                .sorted(Comparator.comparingDouble(Round::cpuMillisPerJob))
                .toList()
                .get(rounds.size() / 2);
    }

    String line(String who) {
        return String.format(
                Locale.ROOT,
                "  %-14s %5d jobs in %6.1f s: %6.1f jobs/s, %6.1f ms CPU per job, sandbox %6.1f ms, %d MB stored",
                who,
                jobs,
                seconds,
                jobsPerSecond,
                cpuMillisPerJob,
                sandboxCpuMillisPerJob,
                bytesStored / 1_000_000);
    }
}
