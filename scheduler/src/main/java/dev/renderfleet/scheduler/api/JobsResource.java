package dev.renderfleet.scheduler.api;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.api.LineIntake.IntakeResult;
import dev.renderfleet.scheduler.api.WaitExplainer.WhyAnswer;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.store.Arrival;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.store.JobStore;
import dev.renderfleet.scheduler.store.UnknownStore;
import dev.renderfleet.scheduler.store.UnknownStore.Resolution;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Jobs: handed over one by one or as NDJSON, and their state. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class JobsResource {

    static final String NDJSON = "application/x-ndjson";

    private static final int PAGE_DEFAULT = 100;
    private static final int PAGE_MAX = 1_000;
    private static final Set<String> STATES = JobState.wireNames();

    private static final Logger LOG = Logger.getLogger(JobsResource.class);

    private final JobIntake intake;
    private final IntakeStore store;
    private final JobStore jobs;
    private final WaitExplainer explainer;
    private final UnknownStore unknown;
    private final JobCodec codec = new JobCodec();

    JobsResource(JobIntake intake, IntakeStore store, JobStore jobs, WaitExplainer explainer, UnknownStore unknown) {
        this.intake = intake;
        this.store = store;
        this.jobs = jobs;
        this.explainer = explainer;
        this.unknown = unknown;
    }

    /** Answers 202 to a job that is stored now, 200 to one that was known. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Hands jobs over",
            description =
                    "One job as JSON, or one in each line as NDJSON of any length, of which all is stored that can be."
                            + " Send everything again after a cut: known jobs are not stored twice.")
    @RequestBody(
            required = true,
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "RenderJob")),
                @Content(mediaType = NDJSON, schema = @Schema(type = SchemaType.STRING))
            })
    @APIResponse(
            responseCode = "202",
            description = "The job is stored; its address is in Location",
            headers = @Header(name = "Location", schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = StoredJob.class)))
    @APIResponse(
            responseCode = "200",
            description = "The same job was known; or what became of the lines of NDJSON",
            content = @Content(schema = @Schema(oneOf = {StoredJob.class, IntakeResult.class})))
    @APIResponse(responseCode = "413", ref = "TooLarge")
    @APIResponse(responseCode = "422", ref = "Refused")
    public RestResponse<StoredJob> submit(
            InputStream body, @HeaderParam(CloudEvents.TRACEPARENT) @Nullable String traceparent) throws IOException {
        return switch (codec.decode(body.readNBytes(JobCodec.BYTES_MAX + 1))) {
            case DecodedJob.Refused refused -> throw Problem.of(refused).exception();
            case DecodedJob.Accepted accepted -> {
                Route.Unroutable unroutable = intake.refusal(accepted);
                if (unroutable != null) {
                    throw Problem.of(unroutable.code(), unroutable.field(), unroutable.message())
                            .exception();
                }
                yield stored(accepted, traceparent);
            }
        };
    }

    private RestResponse<StoredJob> stored(DecodedJob.Accepted job, @Nullable String traceparent) {
        Arrival arrival =
                store.accept(List.of(intake.prepare(job, trace(traceparent)))).getFirst();
        return switch (arrival) {
            case ACCEPTED, JOINED, ENDED ->
                RestResponse.ResponseBuilder.create(
                                accepted(arrival == Arrival.ACCEPTED),
                                new StoredJob(job.id().value()))
                        .location(URI.create("/v1/jobs/" + job.id()))
                        .build();
            case CONFLICT ->
                throw Problem.of(FailureCode.IDEMPOTENCY_CONFLICT, "idempotencyKey", JobIntake.CONFLICT)
                        .exception();
        };
    }

    /** Stores what can be stored, whatever other lines are like; a client that was cut off sends everything again. */
    @POST
    @Consumes(NDJSON)
    @Operation(hidden = true) // Described with the other.
    public IntakeResult submitLines(InputStream body) throws IOException {
        return new LineIntake(intake, store).read(new JobLines(body));
    }

    /** A job that is stored. */
    public record StoredJob(@Schema(ref = "JobId") String jobId) {}

    /** The jobs of a tenant, the latest first, page by page. */
    @GET
    @Operation(
            summary = "Lists a tenant's jobs",
            description = "The latest job first, page by page. With a state, a page may be short or empty and go on.")
    @APIResponse(responseCode = "200", description = "A page")
    public JobPage list(
            @Parameter(required = true, schema = @Schema(ref = "TenantName")) @QueryParam("tenant") @Nullable
                    String tenant,
            @Parameter(description = "Only jobs in this state", schema = @Schema(ref = "JobState"))
                    @QueryParam("state")
                    @Nullable
                    String state,
            @Parameter(
                            description = "How many jobs at most",
                            schema =
                                    @Schema(
                                            type = SchemaType.INTEGER,
                                            minimum = "1",
                                            maximum = "" + PAGE_MAX,
                                            defaultValue = "" + PAGE_DEFAULT))
                    @QueryParam("limit")
                    @Nullable
                    String limit,
            @Parameter(description = "From the page before, with the same tenant and state")
                    @QueryParam("cursor")
                    @Nullable
                    String cursor) {
        String owner = Problem.tenant(tenant);
        if (state != null && !STATES.contains(state)) {
            throw Problem.ofParameter("state", "state is one of " + String.join(", ", STATES))
                    .exception();
        }
        String listing = "jobs " + owner + " " + state;
        OptionalLong before = cursor == null ? OptionalLong.empty() : PageCursor.read(listing, cursor);
        if (cursor != null && before.isEmpty()) {
            throw Problem.ofParameter(
                            "cursor",
                            "it does not come from a page of this listing; begin again without a cursor, or use next"
                                    + " as it is")
                    .exception();
        }
        JobStore.Page page = jobs.page(owner, state, before, pageSize(limit));
        return new JobPage(
                page.jobs().stream()
                        .map(job -> JobAnswer.of(job.jobId(), job.view()))
                        .toList(),
                page.next().isPresent() ? PageCursor.of(listing, page.next().getAsLong()) : null);
    }

    private static int pageSize(@Nullable String limit) {
        try {
            int size = limit == null ? PAGE_DEFAULT : Integer.parseInt(limit);
            if (size >= 1 && size <= PAGE_MAX) {
                return size;
            }
        } catch (NumberFormatException _) {
            // Refused below, by the same rule.
        }
        throw Problem.ofParameter("limit", "limit is a number from 1 to " + PAGE_MAX)
                .exception();
    }

    /**
     * A page of a listing.
     *
     * @param next cursor of the next page; absent: this is the last one
     */
    public record JobPage(List<JobAnswer> jobs, @Nullable String next) {}

    /**
     * The state of a job.
     *
     * @param tenant null: of any; a job of another one is not found
     */
    @GET
    @Path("/{id}")
    @Operation(summary = "The state of a job, its money and its last event")
    @APIResponse(responseCode = "200", description = "The job")
    @APIResponse(responseCode = "404", ref = "NoJob")
    public JobAnswer get(
            @Parameter(schema = @Schema(ref = "JobId")) @PathParam("id") String id,
            @Parameter(ref = "OwnTenant") @QueryParam("tenant") @Nullable String tenant) {
        return JobAnswer.read(jobs, id, tenant);
    }

    /**
     * Why the job waits, until when; or what became of it.
     *
     * @param tenant null: of any; a job of another one is not found
     */
    @GET
    @Path("/{id}/why")
    @Operation(
            summary = "Why the job waits, and until when",
            description = "All causes, the binding one first; of a job that does not wait, what became of it.")
    @APIResponse(responseCode = "200", description = "The answer")
    @APIResponse(responseCode = "404", ref = "NoJob")
    public WhyAnswer why(
            @Parameter(schema = @Schema(ref = "JobId")) @PathParam("id") String id,
            @Parameter(ref = "OwnTenant") @QueryParam("tenant") @Nullable String tenant) {
        Optional<WhyAnswer> answer = JobId.isValid(id) ? explainer.explain(id) : Optional.empty();
        return answer.filter(each -> tenant == null || tenant.equals(each.tenant()))
                .orElseThrow(() -> Problem.noJob(id).exception());
    }

    /** Decides once whether calls of unknown outcome were billed; the same decision again is answered alike. */
    @POST
    @Path("/{id}/unknown")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Decides whether calls of unknown outcome were billed",
            description = "Once; the same decision again is answered alike.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = BillDecision.class)))
    @APIResponse(responseCode = "200", description = "The job with its money")
    @APIResponse(responseCode = "404", ref = "NoJob")
    @APIResponse(responseCode = "409", ref = "Conflict")
    @APIResponse(responseCode = "422", ref = "Refused")
    public JobAnswer resolve(
            @Parameter(schema = @Schema(ref = "JobId")) @PathParam("id") String id,
            @Parameter(ref = "OwnTenant") @QueryParam("tenant") @Nullable String tenant,
            @Nullable BillDecision decision) {
        Boolean billed = Problem.given(decision).billed();
        if (billed == null) {
            throw Problem.ofValue("the decision is refused", "billed", "billed is true or false")
                    .exception();
        }
        get(id, tenant);
        Optional<Resolution> resolution = unknown.resolve(id, tenant, billed);
        if (resolution.isEmpty() || resolution.get().billed() != billed) {
            String detail = resolution
                    .map(former -> "it was decided before that %d millionths of a US dollar were %sbilled"
                            .formatted(former.usdMicros(), former.billed() ? "" : "not "))
                    .orElse("no call of the job has an unknown outcome");
            throw new Problem("nothing to decide", 409, detail, "nothing_unknown", null).exception();
        }
        if (resolution.get().now()) {
            LOG.infof(
                    "unknown bill resolved, job=%s billed=%s usdMicros=%d",
                    id, billed, resolution.get().usdMicros());
        }
        return get(id, tenant);
    }

    /** Whether the provider billed the calls. */
    public record BillDecision(@Nullable Boolean billed) {}

    static RestResponse.Status accepted(boolean isAccepted) {
        return isAccepted ? RestResponse.Status.ACCEPTED : RestResponse.Status.OK;
    }

    private static @Nullable String trace(@Nullable String traceparent) {
        return traceparent == null ? null : CloudEvents.traceparent(Map.of(CloudEvents.TRACEPARENT, traceparent));
    }
}
