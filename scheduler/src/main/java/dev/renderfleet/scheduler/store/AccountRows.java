package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** Rows of accounts. They are locked in their order, before any other row, so that no two transactions wait for each other. */
final class AccountRows {

    /** The cap of an account that is made now. */
    private static final String FIRST_CAP =
            "CASE k.kind WHEN 0 THEN :fleetDay WHEN 1 THEN :tenant ELSE coalesce(t.day_cap, :tenantDay) END";

    private AccountRows() {}

    /** What an account changes by. */
    record Change(long reserved, long unknown, long spent) {
        Change plus(Change other) {
            return new Change(reserved + other.reserved, unknown + other.unknown, spent + other.spent);
        }
    }

    /** Makes those that are missing, locks all and reads them. */
    static List<Account> lock(Handle handle, Collection<Account.Key> keys, Caps caps) {
        SortedSet<Account.Key> sorted = new TreeSet<>(keys);
        capped(handle.createUpdate("""
                        INSERT INTO account (kind, tenant_no, day, cap)
                        SELECT k.kind, k.tenant_no, k.day, %s
                        FROM unnest(:kinds, :tenants, :days) AS k (kind, tenant_no, day) LEFT JOIN tenant t USING (tenant_no)
                        ORDER BY k.kind, k.tenant_no, k.day
                        ON CONFLICT DO NOTHING""".formatted(FIRST_CAP)), sorted, caps).execute();
        return bound(handle.createQuery("""
                        SELECT a.* FROM account a JOIN unnest(:kinds, :tenants, :days) AS k (kind, tenant_no, day)
                            USING (kind, tenant_no, day)
                        ORDER BY kind, tenant_no, day FOR UPDATE OF a"""), sorted).map((row, _) -> read(row)).list();
    }

    /** Reads without locks; an account that is missing is as it would be made. */
    static List<Account> find(Handle handle, Collection<Account.Key> keys, Caps caps) {
        return capped(handle.createQuery("""
                        SELECT k.kind, k.tenant_no, k.day, CASE WHEN a.kind IS NULL THEN %s ELSE a.cap END AS cap,
                            coalesce(a.reserved, 0) AS reserved, coalesce(a.unknown, 0) AS unknown, coalesce(a.spent, 0) AS spent
                        FROM unnest(:kinds, :tenants, :days) AS k (kind, tenant_no, day)
                            LEFT JOIN account a ON a.kind = k.kind AND a.tenant_no = k.tenant_no AND a.day = k.day
                            LEFT JOIN tenant t ON t.tenant_no = k.tenant_no""".formatted(FIRST_CAP)), keys, caps)
                .map((row, _) -> read(row))
                .list();
    }

    private static <S extends SqlStatement<S>> S capped(S statement, Collection<Account.Key> keys, Caps caps) {
        return bound(statement, keys)
                .bind("fleetDay", caps.fleetDay())
                .bind("tenant", caps.tenant())
                .bind("tenantDay", caps.tenantDay());
    }

    static Account read(ResultSet row) throws SQLException {
        return new Account(
                new Account.Key(
                        Account.Kind.of(row.getInt("kind")),
                        row.getInt("tenant_no"),
                        row.getObject("day", LocalDate.class)),
                row.getObject("cap", Long.class),
                row.getLong("reserved"),
                row.getLong("unknown"),
                row.getLong("spent"));
    }

    static void cap(Handle handle, Account.Key key, @Nullable Long cap) {
        handle.createUpdate("UPDATE account SET cap = :cap WHERE kind = :kind AND tenant_no = :tenant AND day = :day")
                .bind("cap", cap)
                .bind("kind", key.kind().code())
                .bind("tenant", key.tenantNo())
                .bind("day", key.day())
                .execute();
    }

    /** Changes locked accounts. */
    static void change(Handle handle, Map<Account.Key, Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        bound(handle.createUpdate("""
                        UPDATE account a SET reserved = a.reserved + c.reserved, unknown = a.unknown + c.unknown,
                            spent = a.spent + c.spent
                        FROM unnest(:kinds, :tenants, :days, :reserved, :unknown, :spent)
                            AS c (kind, tenant_no, day, reserved, unknown, spent)
                        WHERE a.kind = c.kind AND a.tenant_no = c.tenant_no AND a.day = c.day"""), changes.keySet())
                .bind("reserved", amounts(changes, Change::reserved))
                .bind("unknown", amounts(changes, Change::unknown))
                .bind("spent", amounts(changes, Change::spent))
                .execute();
    }

    private static Argument amounts(Map<Account.Key, Change> changes, ToLongFunction<Change> part) {
        return Database.longs(changes.values().stream().map(part::applyAsLong));
    }

    private static <S extends SqlStatement<S>> S bound(S statement, Collection<Account.Key> keys) {
        return statement
                .bind(
                        "kinds",
                        Database.array(
                                "smallint",
                                keys.stream().map(key -> key.kind().code()).toArray()))
                .bind("tenants", Database.ints(keys.stream().map(Account.Key::tenantNo)))
                .bind(
                        "days",
                        Database.array(
                                "date", keys.stream().map(Account.Key::day).toArray()));
    }
}
