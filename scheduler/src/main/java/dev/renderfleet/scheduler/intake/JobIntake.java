package dev.renderfleet.scheduler.intake;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.contracts.job.OnDependencyFailure;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.StartTerms;
import org.jspecify.annotations.Nullable;

/** Makes decoded jobs ready to be stored. Safe for use by many threads. */
public final class JobIntake {

    /** Said of a job whose tenant and key are another job's. */
    public static final String CONFLICT =
            "this tenant has published another job under this key; use a new key for a new image, or the same job for the same";

    private final JobCodec codec = new JobCodec();
    private final JobPricer pricer;

    public JobIntake(JobPricer pricer) {
        this.pricer = pricer;
    }

    /** Why no model can ever draw the job; null: one can. */
    public Route.@Nullable Unroutable refusal(DecodedJob.Accepted job) {
        return pricer.refusal(job.job());
    }

    /**
     * The job as it is stored.
     *
     * @param traceparent of the record or request; null: none
     */
    public NewJob prepare(DecodedJob.Accepted accepted, @Nullable String traceparent) {
        RenderJob job = accepted.job();
        return new NewJob(
                accepted.id().value(),
                accepted.fingerprint(),
                job.tenant(),
                pricer.line(job),
                job.priority(),
                codec.encode(job),
                traceparent,
                new StartTerms(
                        job.notBefore(),
                        job.deadline(),
                        job.dependsOn(),
                        job.parent(),
                        job.onDependencyFailure() == OnDependencyFailure.RUN));
    }
}
