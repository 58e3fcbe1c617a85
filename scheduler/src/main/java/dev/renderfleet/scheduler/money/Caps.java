package dev.renderfleet.scheduler.money;

import org.jspecify.annotations.Nullable;

/**
 * Caps of accounts that have none of their own when they are made, in millionths of a US dollar; null: no cap.
 *
 * @param fleetDay of all tenants in a day
 * @param tenant of a tenant for ever
 * @param tenantDay of a tenant in a day
 */
public record Caps(
        @Nullable Long fleetDay,
        @Nullable Long tenant,
        @Nullable Long tenantDay) {

    public static final Caps NONE = new Caps(null, null, null);
}
