package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.figures.Distribution;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@link SchedulerScenario} found. Rates are jobs a second, by round.
 *
 * @param round jobs of a round
 * @param ndjson intake of one streamed body
 * @param requests intake from {@code render.requests}, from the sending of the first record
 * @param releases releases and settlements, with at most a round of jobs waiting
 * @param backlog jobs of the large backlog
 * @param backlogNdjson intake of the large backlog
 * @param backlogReleases releases and settlements during the large backlog
 * @param costRatio time of a job with the large backlog to that with the small one, by medians
 * @param accepted idle, milliseconds from REST's answer to the reading of the job's record; below 0: the record came first
 * @param sent the same from before the REST request
 * @param killedSeconds from the kill of the leader to the next release; null: the backlog had ended
 * @param stoppedSeconds from a SIGTERM to the leader to the next release; null as well
 * @param publishedTwice jobs with two records, the second of which asks for a replay
 */
record SchedulerFigures(
        int round,
        List<Double> ndjson,
        List<Double> requests,
        List<Double> releases,
        int backlog,
        double backlogNdjson,
        List<Double> backlogReleases,
        double costRatio,
        Distribution accepted,
        Distribution sent,
        @Nullable Double killedSeconds,
        @Nullable Double stoppedSeconds,
        int publishedTwice)
        implements Figures {
    SchedulerFigures {
        ndjson = List.copyOf(ndjson);
        requests = List.copyOf(requests);
        releases = List.copyOf(releases);
        backlogReleases = List.copyOf(backlogReleases);
    }

    @Override
    public List<String> lines() {
        return List.of(
                "Scheduler: jobs of 1 kB, a worker that answers at once; PostgreSQL waits for the disk. Jobs a second:",
                row("intake, NDJSON", ndjson),
                row("intake, render.requests", requests),
                row("release and settle, " + round + " wait", releases),
                row("intake of " + backlog + " jobs, NDJSON", List.of(backlogNdjson)),
                row("release and settle, " + backlog + " wait", backlogReleases),
                String.format(Locale.ROOT, "  a job's cost with the large backlog to the small one: %.2f", costRatio),
                "Idle, milliseconds:",
                Distribution.HEADING,
                accepted.row("REST accepted to record read"),
                sent.row("REST sent to record read"),
                String.format(
                        Locale.ROOT,
                        "Next release after the leader was killed: %s; after SIGTERM: %s; published twice: %d",
                        seconds(killedSeconds),
                        seconds(stoppedSeconds),
                        publishedTwice));
    }

    private static String seconds(@Nullable Double time) {
        return time == null ? "not measured" : String.format(Locale.ROOT, "%.2f s", time);
    }

    private static String row(String what, List<Double> rates) {
        var row = new StringBuilder(String.format(Locale.ROOT, "  %-40s", what));
        rates.forEach(rate -> row.append(String.format(Locale.ROOT, " %8.0f", rate)));
        return row.toString();
    }
}
