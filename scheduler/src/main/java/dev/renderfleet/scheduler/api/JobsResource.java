package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.api.WaitExplainer.WhyAnswer;
import dev.renderfleet.scheduler.intake.JobCanceler;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.store.Arrival;
import dev.renderfleet.scheduler.store.CancelStore.Canceled;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.JobStore;
import dev.renderfleet.scheduler.store.JobStore.JobView;
import dev.renderfleet.scheduler.store.UnknownStore;
import dev.renderfleet.scheduler.store.UnknownStore.Resolution;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Jobs: handed over one by one or as NDJSON, and their state. */
@Path("/v1/jobs")
@RunOnVirtualThread
public class JobsResource {

    static final String NDJSON = "application/x-ndjson";

    private static final Set<String> CANCEL_QUERY = Set.of("tenant", "batchId", "model", "label", "all");

    private static final Logger LOG = Logger.getLogger(JobsResource.class);

    private final JobIntake intake;
    private final IntakeStore store;
    private final JobStore jobs;
    private final JobCanceler canceler;
    private final WaitExplainer explainer;
    private final UnknownStore unknown;
    private final JobCodec codec = new JobCodec();

    JobsResource(
            JobIntake intake,
            IntakeStore store,
            JobStore jobs,
            JobCanceler canceler,
            WaitExplainer explainer,
            UnknownStore unknown) {
        this.intake = intake;
        this.store = store;
        this.jobs = jobs;
        this.canceler = canceler;
        this.explainer = explainer;
        this.unknown = unknown;
    }

    /** Answers 202 to a job that is stored now, 200 to one that was known. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response submit(InputStream body, @HeaderParam(CloudEvents.TRACEPARENT) @Nullable String traceparent)
            throws IOException {
        return switch (codec.decode(body.readNBytes(JobCodec.BYTES_MAX + 1))) {
            case DecodedJob.Refused refused -> Problem.of(refused).response();
            case DecodedJob.Accepted accepted -> {
                Route.Unroutable unroutable = intake.refusal(accepted);
                yield unroutable == null
                        ? stored(accepted, traceparent)
                        : Problem.of(unroutable.code(), unroutable.field(), unroutable.message())
                                .response();
            }
        };
    }

    private Response stored(DecodedJob.Accepted job, @Nullable String traceparent) {
        Arrival arrival =
                store.accept(List.of(intake.prepare(job, trace(traceparent)))).getFirst();
        return switch (arrival) {
            case ACCEPTED, JOINED, ENDED ->
                Response.status(arrival == Arrival.ACCEPTED ? 202 : 200)
                        .location(URI.create("/v1/jobs/" + job.id()))
                        .entity(Map.of("jobId", job.id().value()))
                        .type(MediaType.APPLICATION_JSON)
                        .build();
            case CONFLICT ->
                Problem.of(FailureCode.IDEMPOTENCY_CONFLICT, "idempotencyKey", JobIntake.CONFLICT)
                        .response();
        };
    }

    /** Stores what can be stored, whatever other lines are like; a client that was cut off sends everything again. */
    @POST
    @Consumes(NDJSON)
    public Response submitLines(InputStream body) throws IOException {
        return Response.ok(new LineIntake(intake, store).read(new JobLines(body)))
                .type(MediaType.APPLICATION_JSON)
                .build();
    }

    /** The state of a job. */
    @GET
    @Path("/{id}")
    public Response get(@PathParam("id") String id) {
        Optional<JobView> job = JobId.isValid(id) ? jobs.find(id) : Optional.empty();
        return job.map(view -> Response.ok(JobAnswer.of(id, view))
                        .type(MediaType.APPLICATION_JSON)
                        .build())
                .orElseGet(() -> Problem.noJob(id).response());
    }

    /**
     * Why the job waits, until when; or what became of it.
     *
     * @param tenant null: of any; a job of another one is not found
     */
    @GET
    @Path("/{id}/why")
    public Response why(@PathParam("id") String id, @QueryParam("tenant") @Nullable String tenant) {
        Optional<WhyAnswer> answer = JobId.isValid(id) ? explainer.explain(id) : Optional.empty();
        return answer.filter(each -> tenant == null || tenant.equals(each.tenant()))
                .map(each -> Response.ok(each).type(MediaType.APPLICATION_JSON).build())
                .orElseGet(() -> Problem.noJob(id).response());
    }

    /** Decides once whether calls of unknown outcome were billed; the same decision again is answered alike. */
    @POST
    @Path("/{id}/unknown")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response resolve(
            @PathParam("id") String id,
            @QueryParam("tenant") @Nullable String tenant,
            @Nullable BillDecision decision) {
        Boolean billed = decision == null ? null : decision.billed();
        if (billed == null) {
            return new Problem("the decision is refused", 422, "billed is true or false", "invalid_field", "billed")
                    .response();
        }
        Optional<JobView> job = JobId.isValid(id) ? jobs.find(id) : Optional.empty();
        if (job.filter(view -> tenant == null || tenant.equals(view.tenant())).isEmpty()) {
            return Problem.noJob(id).response();
        }
        Optional<Resolution> resolution = unknown.resolve(id, tenant, billed);
        if (resolution.isEmpty() || resolution.get().billed() != billed) {
            String detail = resolution
                    .map(former -> "it was decided before that %d millionths of a US dollar were %sbilled"
                            .formatted(former.usdMicros(), former.billed() ? "" : "not "))
                    .orElse("no call of the job has an unknown outcome");
            return new Problem("nothing to decide", 409, detail, "nothing_unknown", null).response();
        }
        if (resolution.get().now()) {
            LOG.infof(
                    "unknown bill resolved, job=%s billed=%s usdMicros=%d",
                    id, billed, resolution.get().usdMicros());
        }
        return get(id);
    }

    /** Whether the provider billed the calls. */
    public record BillDecision(@Nullable Boolean billed) {}

    /**
     * Cancels a job: one that waits at once (200); of one that workers have the next call (202), and a call that is out is finished. One
     * that has an outcome stays as it is.
     */
    @POST
    @Path("/{id}/cancel")
    public Response cancel(@PathParam("id") String id) {
        Optional<Cancellation> result = JobId.isValid(id) ? canceler.cancel(id) : Optional.empty();
        Response job = get(id);
        return result.isPresent() && result.get() == Cancellation.REQUESTED
                ? Response.fromResponse(job).status(202).build()
                : job;
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
    public Response cancelMatching(
            @QueryParam("tenant") @Nullable String tenant,
            @QueryParam("batchId") @Nullable String batchId,
            @QueryParam("model") @Nullable String model,
            @QueryParam("label") List<String> labels,
            @QueryParam("all") boolean all,
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
                || !CANCEL_QUERY.containsAll(query.getQueryParameters().keySet())) {
            return new Problem(
                            "the filter is refused",
                            422,
                            "name the tenant, and batchId, model or label=name:value, or all=true; and nothing else",
                            "invalid_field",
                            null)
                    .response();
        }
        Canceled canceled = canceler.cancel(tenant, fields);
        return Response.status(canceled.requested() > 0 ? 202 : 200)
                .entity(canceled)
                .type(MediaType.APPLICATION_JSON)
                .build();
    }

    private static @Nullable String trace(@Nullable String traceparent) {
        return traceparent == null ? null : CloudEvents.traceparent(Map.of(CloudEvents.TRACEPARENT, traceparent));
    }

    /** A job as it is answered. Money in millionths of a US dollar. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record JobAnswer(
            String jobId,
            String tenant,
            String state,
            Instant acceptedAt,
            @Nullable Long reservedUsdMicros,
            long spentUsdMicros,
            long unknownUsdMicros,
            @JsonRawValue @Nullable String event) {
        static JobAnswer of(String id, JobView view) {
            return new JobAnswer(
                    id,
                    view.tenant(),
                    view.canceling()
                            ? "canceling"
                            : view.reserved() != null
                                    ? "released"
                                    : view.state().wireName(),
                    view.createdAt(),
                    view.reserved(),
                    view.spent(),
                    view.unknown(),
                    view.event() == null ? null : new String(view.event(), StandardCharsets.UTF_8));
        }
    }
}
