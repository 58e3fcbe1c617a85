package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.store.JobStore;
import dev.renderfleet.scheduler.store.JobStore.JobView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A job as it is answered. Money in millionths of a US dollar. */
@Schema(description = "A job. Money is in millionths of a US dollar")
public record JobAnswer(
        @Schema(ref = "JobId") String jobId,
        String tenant,
        @Schema(ref = "JobState") String state,
        Instant acceptedAt,

        @Schema(description = "Held for a released job") @Nullable
        Long reservedUsdMicros,

        @Schema(description = "By all its runs") long spentUsdMicros,

        @Schema(description = "Of calls that may have been billed")
        long unknownUsdMicros,

        @Schema(
                type = SchemaType.OBJECT,
                description = "Its last outcome, as published to render.events; not in a listing")
        @JsonRawValue
        @Nullable
        String event) {
    /**
     * The job of that id.
     *
     * @param tenant null: of any
     */
    static JobAnswer read(JobStore jobs, String id, @Nullable String tenant) {
        Optional<JobView> job = JobId.isValid(id) ? jobs.find(id) : Optional.empty();
        return job.filter(view -> tenant == null || tenant.equals(view.tenant()))
                .map(view -> of(id, view))
                .orElseThrow(() -> Problem.noJob(id).exception());
    }

    static JobAnswer of(String id, JobView view) {
        return new JobAnswer(
                id,
                view.tenant(),
                view.canceling()
                        ? JobState.CANCELING
                        : view.reserved() != null
                                ? JobState.RELEASED
                                : view.state().wireName(),
                view.createdAt(),
                view.reserved(),
                view.spent(),
                view.unknown(),
                view.event() == null ? null : new String(view.event(), StandardCharsets.UTF_8));
    }
}
