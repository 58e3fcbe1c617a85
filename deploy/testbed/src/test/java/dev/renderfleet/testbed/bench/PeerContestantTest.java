package dev.renderfleet.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.cli.Cli;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.testbed.bench.BesideTable.Row;
import dev.renderfleet.testbed.bench.Contestant.Outcome;
import dev.renderfleet.testbed.jobs.PlainJob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeerContestantTest {

    @Test
    void readsTheFeedersOutcomes() {
        assertThat(PeerContestant.outcome("completed a1", 7)).contains(new Outcome("a1", true, 7));
        assertThat(PeerContestant.outcome("failed a1 no picture in the answer", 7))
                .contains(new Outcome("a1", false, 7));
    }

    @Test
    void overlooksWhatIsNoOutcome() {
        assertThat(PeerContestant.outcome("", 7)).isEmpty();
        assertThat(PeerContestant.outcome("completed", 7)).isEmpty();
        assertThat(PeerContestant.outcome("a warning of some library", 7)).isEmpty();
    }

    @Test
    void handsAJobOverAsOneLine() {
        var job = PlainJob.of("shop", "key", "nano-banana", "A \"red\"\nvase", OutputSize.K4);

        assertThat(PeerContestant.line(job))
                .isEqualTo(
                        "{\"id\":\"" + BenchFleet.id(job) + "\",\"prompt\":\"A \\\"red\\\"\\nvase\",\"size\":\"4K\"}");
    }

    @Test
    void anUnknownPeerIsNamedWithThoseThatThereAre() {
        var errors = new StringWriter();

        int code = Cli.commandLine(new BenchCommand())
                .setErr(new PrintWriter(errors))
                .execute("--beside", "bullmq,sidekiq");

        assertThat(code).isEqualTo(2);
        assertThat(errors.toString()).contains("'sidekiq'", "bullmq", "celery");
    }

    @Test
    void theTableShowsRatiosAndWhoIsLeftOut() {
        var table = new BesideTable(
                List.of("renderfleet", "bullmq"),
                Map.of("celery", "python3 has no venv"),
                List.of(new Row("ms", List.of(30.0, 20.0)), new Row("lost", List.of(1.0, 0.0))));

        assertThat(table.lines().get(1)).matches(" +ms +30\\.0 +20\\.0 +1\\.50");
        assertThat(table.lines().get(2)).matches(" +lost +1\\.0 +0\\.0 +-");
        assertThat(table.lines()).last().isEqualTo("  celery is left out: python3 has no venv");
    }
}
