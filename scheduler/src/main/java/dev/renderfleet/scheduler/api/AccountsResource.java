package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.queue.TenantShare;
import dev.renderfleet.scheduler.store.CapChange;
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.UnknownStore;
import dev.renderfleet.scheduler.store.UnknownStore.UnknownMoney;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/** Accounts of a tenant and of the fleet, caps and shares of tenants. Money in millionths of a US dollar. */
@Path("/v1/tenants/{tenant}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class AccountsResource {

    private static final int ACCOUNTS_MAX = 100;

    private final MoneyStore money;
    private final TenantDirectory tenants;
    private final UnknownStore unknown;
    private final InstantSource clock;

    AccountsResource(MoneyStore money, TenantDirectory tenants, UnknownStore unknown, InstantSource clock) {
        this.money = money;
        this.tenants = tenants;
        this.unknown = unknown;
        this.clock = clock;
    }

    /** The latest accounts. */
    @GET
    @Path("/accounts")
    @Operation(
            summary = "The tenant's accounts, and the fleet's",
            description = "The latest " + ACCOUNTS_MAX + ", the latest day first.")
    @APIResponse(responseCode = "200", description = "The accounts")
    public List<AccountAnswer> accounts(@Parameter(ref = "Tenant") @PathParam("tenant") String tenant) {
        return money.accounts(Problem.tenant(tenant), ACCOUNTS_MAX).stream()
                .map(AccountAnswer::of)
                .toList();
    }

    /** Calls that may have been billed, the oldest first. */
    @GET
    @Path("/unknown")
    @Operation(
            summary = "Calls that may have been billed",
            description = "The oldest " + ACCOUNTS_MAX + ". One that is decided is not listed any more.")
    @APIResponse(responseCode = "200", description = "The calls by job")
    public List<UnknownMoney> unknown(@Parameter(ref = "Tenant") @PathParam("tenant") String tenant) {
        return unknown.list(Problem.tenant(tenant), ACCOUNTS_MAX);
    }

    /** Caps what the tenant may spend for ever ({@code total}) or in a day of UTC ({@code day}). */
    @PUT
    @Path("/caps/{scope}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Caps what the tenant may spend, in a day of UTC or in total")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = CapRequest.class)))
    @APIResponse(responseCode = "204", description = "The cap is in force")
    @APIResponse(responseCode = "409", ref = "Conflict")
    @APIResponse(responseCode = "422", ref = "Refused")
    public void cap(
            @Parameter(ref = "Tenant") @PathParam("tenant") String tenant,
            @Parameter(schema = @Schema(enumeration = {"total", "day"})) @PathParam("scope") String scope,
            @Nullable CapRequest request) {
        Long cap = Problem.given(request).usdMicros();
        if (cap != null && cap < 0) {
            throw Problem.ofValue("the cap is refused", "usdMicros", "a cap is 0 or more, not " + cap)
                    .exception();
        }
        Account.Kind kind = switch (scope) {
            case "day" -> Account.Kind.TENANT_DAY;
            case "total" -> Account.Kind.TENANT;
            default ->
                throw Problem.ofParameter("scope", "a cap is one of total or day")
                        .exception();
        };
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (money.cap(Problem.tenant(tenant), kind, cap, today) instanceof CapChange.BelowUse use) {
            throw new Problem(
                            "the cap is refused",
                            409,
                            "it is below what counts against it: reserved " + use.reserved() + ", unknown "
                                    + use.unknown() + ", spent " + use.spent(),
                            "below_use",
                            "usdMicros")
                    .exception();
        }
    }

    /** Sets the weight of the tenant's share of each model, and how many of its jobs may be released at once. */
    @PUT
    @Path("/share")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Sets the tenant's share of each model",
            description = "Its weight beside other tenants that have jobs, and how many of its jobs may run at once.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = ShareRequest.class)))
    @APIResponse(responseCode = "204", description = "The share is in force")
    @APIResponse(responseCode = "422", ref = "Refused")
    public void share(@Parameter(ref = "Tenant") @PathParam("tenant") String tenant, @Nullable ShareRequest request) {
        ShareRequest wanted = Problem.given(request);
        TenantShare share;
        try {
            share = TenantShare.of(wanted.weight(), wanted.runningMax());
        } catch (IllegalArgumentException e) {
            throw Problem.ofValue("the share is refused", null, String.valueOf(e.getMessage()))
                    .exception();
        }
        tenants.share(Problem.tenant(tenant), share);
    }

    /**
     * A new share.
     *
     * @param runningMax null: no limit
     */
    public record ShareRequest(
            @Schema(minimum = "1", maximum = "" + TenantShare.WEIGHT_MAX)
            int weight,

            @Schema(minimum = "1", nullable = true, description = "Absent or null: no limit") @Nullable
            Integer runningMax) {}

    /**
     * A new cap.
     *
     * @param usdMicros null: no cap
     */
    public record CapRequest(
            @Schema(
                    minimum = "0",
                    nullable = true,
                    required = true,
                    description = "In millionths of a US dollar; null: no cap")
            @JsonProperty(required = true)
            @Nullable
            Long usdMicros) {}

    /** An account as it is answered. */
    @Schema(description = "What was spent and is held. Money is in millionths of a US dollar")
    public record AccountAnswer(
            String scope, @Nullable LocalDate day, @Nullable Long cap, long reserved, long unknown, long spent) {
        static AccountAnswer of(Account account) {
            LocalDate day = account.key().day();
            return new AccountAnswer(
                    account.key().kind().name().toLowerCase(Locale.ROOT),
                    day.equals(LocalDate.EPOCH) ? null : day,
                    account.cap(),
                    account.reserved(),
                    account.unknown(),
                    account.spent());
        }
    }
}
