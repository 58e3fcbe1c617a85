package dev.renderfleet.scheduler.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.routing.WorkerJob;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.StartTerms;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobIntakeTest {

    private static final String OTHER = "89abcdef0123456789abcdef0123456789abcdef";
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private final JobCodec codec = new JobCodec();
    private final JobPricer pricer = new JobPricer(ModelCatalogue.builtIn(), 2, () -> NOW);
    private final JobIntake intake = new JobIntake(pricer);

    /** Workers reject what only the scheduler waits for. */
    @Test
    void aJobIsRoutedAndPricedAsWorkersGetIt() {
        DecodedJob.Accepted job = read("""
                {"tenant":"shop","idempotencyKey":"a","prompt":"vase","model":"nano-banana","notBefore":"9999-12-31T00:00:00Z",
                 "deadline":"9999-12-31T00:00:01Z","dependsOn":["%s"]}""".formatted(OTHER).getBytes(UTF_8));

        pricer.heard(new FleetSetup("b", null, List.of("gemini"), List.of(), "w"));

        assertThat(intake.refusal(job)).isNull();
        NewJob stored = intake.prepare(job, null);

        assertThat(stored.model()).isEqualTo("gemini-nano-banana-2.1");
        assertThat(stored.terms())
                .isEqualTo(new StartTerms(job.job().notBefore(), job.job().deadline(), List.of(OTHER), null));
        assertThat(read(stored.body())).isEqualTo(job);
        assertThat(pricer.demand(job.job()).least()).isPositive();

        DecodedJob.Accepted released = read(codec.encode(WorkerJob.of(job.job(), new Budget(7))));
        assertThat(released.job().notBefore()).isNull();
        assertThat(released.job().dependsOn()).isEmpty();
        assertThat(released.job().deadline()).isEqualTo(job.job().deadline());
        assertThat(released.job().budget()).isEqualTo(new Budget(7));
        assertThat(released.fingerprint()).isEqualTo(job.fingerprint());
    }

    private DecodedJob.Accepted read(byte[] json) {
        return (DecodedJob.Accepted) codec.decode(json);
    }
}
