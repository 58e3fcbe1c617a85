package dev.renderfleet.scheduler.api;

import dev.renderfleet.scheduler.intake.JobCanceler;
import dev.renderfleet.scheduler.store.CancelStore.Canceled;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.JobStore;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Cancels of jobs, one by one or by what they say. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class CancelResource {

    private static final Set<String> QUERY = Set.of("tenant", "batchId", "model", "label", "all");

    private final JobCanceler canceler;
    private final JobStore jobs;

    CancelResource(JobCanceler canceler, JobStore jobs) {
        this.canceler = canceler;
        this.jobs = jobs;
    }

    /**
     * Cancels a job: one that waits at once (200); of one that workers have the next call (202), and a call that is out is finished. One
     * that has an outcome stays as it is.
     *
     * @param tenant null: of any; a job of another one is not found
     */
    @POST
    @Path("/{id}/cancel")
    @Operation(summary = "Cancels a job", description = "One that has an outcome stays as it is.")
    @APIResponse(
            responseCode = "200",
            description = "The job waits no more, or had an outcome",
            content = @Content(schema = @Schema(implementation = JobAnswer.class)))
    @APIResponse(
            responseCode = "202",
            description = "Workers have the job, and are asked to make no further call; a call that is out is finished",
            content = @Content(schema = @Schema(implementation = JobAnswer.class)))
    @APIResponse(responseCode = "404", ref = "NoJob")
    public RestResponse<JobAnswer> cancel(
            @Parameter(schema = @Schema(ref = "JobId")) @PathParam("id") String id,
            @Parameter(ref = "OwnTenant") @QueryParam("tenant") @Nullable String tenant) {
        JobAnswer.read(jobs, id, tenant);
        Optional<Cancellation> result = canceler.cancel(id);
        return RestResponse.status(
                JobsResource.accepted(result.isPresent() && result.get() == Cancellation.REQUESTED),
                JobAnswer.read(jobs, id, tenant));
    }

    /**
     * Cancels a tenant's jobs by what they say, as above; repeated while the answer says {@code more}.
     *
     * @param labels as {@code name:value}
     * @param all instead of the others: each job of the tenant
     * @param query in which no other parameter may be: a misspelt one would cancel too much
     */
    @POST
    @Path("/cancel")
    @Operation(
            summary = "Cancels a tenant's jobs by what they say",
            description = "By batchId, model and labels, or all of them; repeated while the answer says more.")
    @APIResponse(
            responseCode = "200",
            description = "No worker has any of the jobs",
            content = @Content(schema = @Schema(implementation = Canceled.class)))
    @APIResponse(
            responseCode = "202",
            description = "Workers have some, and are asked to make no further call for them",
            content = @Content(schema = @Schema(implementation = Canceled.class)))
    @APIResponse(responseCode = "422", ref = "Refused")
    public RestResponse<Canceled> cancelMatching(
            @Parameter(required = true, schema = @Schema(ref = "TenantName")) @QueryParam("tenant") @Nullable
                    String tenant,
            @QueryParam("batchId") @Nullable String batchId,
            @QueryParam("model") @Nullable String model,
            @Parameter(description = "As name:value") @QueryParam("label") List<String> labels,
            @Parameter(description = "Instead of the others: each job of the tenant") @QueryParam("all") boolean all,
            @Context UriInfo query) {
        Map<String, Object> fields = new TreeMap<>();
        if (batchId != null) {
            fields.put("batchId", batchId);
        }
        if (model != null) {
            fields.put("model", model);
        }
        if (!labels.isEmpty()) {
            fields.put(
                    "labels",
                    labels.stream()
                            .map(label -> label.split(":", 2))
                            .collect(Collectors.toMap(
                                    part -> part[0], part -> part.length < 2 ? "" : part[1], (one, _) -> one)));
        }
        if (tenant == null
                || fields.isEmpty() != all
                || fields.toString().indexOf('\0') >= 0 // PostgreSQL's text has none.
                || !QUERY.containsAll(query.getQueryParameters().keySet())) {
            throw Problem.ofValue(
                            "the filter is refused",
                            null,
                            "name the tenant, and batchId, model or label=name:value, or all=true; and nothing else")
                    .exception();
        }
        Canceled canceled = canceler.cancel(Problem.tenant(tenant), fields);
        return RestResponse.status(JobsResource.accepted(canceled.requested() > 0), canceled);
    }
}
