package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.annotation.JsonInclude;
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
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Accounts of a tenant and of the fleet, caps and shares of tenants. Money in millionths of a US dollar. */
@Path("/v1/tenants/{tenant}")
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
    public List<AccountAnswer> accounts(@PathParam("tenant") String tenant) {
        return money.accounts(tenant, ACCOUNTS_MAX).stream()
                .map(AccountAnswer::of)
                .toList();
    }

    /** Calls that may have been billed, the oldest first. */
    @GET
    @Path("/unknown")
    public List<UnknownMoney> unknown(@PathParam("tenant") String tenant) {
        return unknown.list(tenant, ACCOUNTS_MAX);
    }

    /** Caps what the tenant may spend for ever ({@code total}) or in a day of UTC ({@code day}). */
    @PUT
    @Path("/caps/{scope: total|day}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response cap(@PathParam("tenant") String tenant, @PathParam("scope") String scope, CapRequest request) {
        Long cap = request.usdMicros();
        if (cap != null && cap < 0) {
            return new Problem(
                            "the cap is refused", 422, "a cap is 0 or more, not " + cap, "invalid_field", "usdMicros")
                    .response();
        }
        Account.Kind kind = scope.equals("day") ? Account.Kind.TENANT_DAY : Account.Kind.TENANT;
        return switch (money.cap(tenant, kind, cap, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))) {
            case CapChange.Changed() -> Response.noContent().build();
            case CapChange.BelowUse use ->
                new Problem(
                                "the cap is refused",
                                409,
                                "it is below what counts against it: reserved " + use.reserved() + ", unknown "
                                        + use.unknown() + ", spent " + use.spent(),
                                "below_use",
                                "usdMicros")
                        .response();
        };
    }

    /** Sets the weight of the tenant's share of each model, and how many of its jobs may be released at once. */
    @PUT
    @Path("/share")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response share(@PathParam("tenant") String tenant, ShareRequest request) {
        TenantShare share;
        try {
            share = TenantShare.of(request.weight(), request.runningMax());
        } catch (IllegalArgumentException e) {
            return new Problem("the share is refused", 422, String.valueOf(e.getMessage()), "invalid_field", null)
                    .response();
        }
        tenants.share(tenant, share);
        return Response.noContent().build();
    }

    /**
     * A new share.
     *
     * @param runningMax null: no limit
     */
    public record ShareRequest(int weight, @Nullable Integer runningMax) {}

    /**
     * A new cap.
     *
     * @param usdMicros null: no cap
     */
    public record CapRequest(@Nullable Long usdMicros) {}

    /** An account as it is answered. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
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
