package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads accounts, changes their caps and audits them. Safe for use by many threads. */
public final class MoneyStore {

    private final Database database;
    private final TenantDirectory tenants;

    public MoneyStore(Database database, TenantDirectory tenants) {
        this.database = database;
        this.tenants = tenants;
    }

    /**
     * Recomputes all accounts in one snapshot: those of a tenant's day from flights and outcomes, the others from these. One sentence
     * for each that differs; empty: every amount adds up.
     */
    public List<String> audit() {
        return database.read(
                handle -> handle.createQuery("""
                        WITH booked AS (
                            SELECT tenant_no, day, sum(reserved) reserved, sum(unknown) unknown, sum(spent) spent FROM (
                                SELECT tenant_no, day, reserved, 0 unknown, 0 spent FROM flight
                                UNION ALL SELECT tenant_no, day, 0, unknown, spent FROM outcome) entry
                            GROUP BY tenant_no, day),
                        due AS (
                            SELECT 2 kind, * FROM booked
                            UNION ALL SELECT 1, tenant_no, date '1970-01-01', sum(reserved), sum(unknown), sum(spent)
                                FROM booked GROUP BY tenant_no
                            UNION ALL SELECT 0, 0, day, sum(reserved), sum(unknown), sum(spent) FROM booked GROUP BY day)
                        SELECT format('account kind=%s tenant=%s day=%s has reserved=%s unknown=%s spent=%s, due are %s %s %s',
                            kind, tenant_no, day, a.reserved, a.unknown, a.spent, d.reserved, d.unknown, d.spent)
                        FROM account a FULL JOIN due d USING (kind, tenant_no, day)
                        WHERE (coalesce(a.reserved, 0), coalesce(a.unknown, 0), coalesce(a.spent, 0))
                            <> (coalesce(d.reserved, 0), coalesce(d.unknown, 0), coalesce(d.spent, 0))""").mapTo(String.class).list());
    }

    /** Accounts of a tenant, and of the fleet's days, the latest first. */
    public List<Account> accounts(String tenant, int max) {
        return database.read(handle -> handle.createQuery("""
                        SELECT a.* FROM account a LEFT JOIN tenant t USING (tenant_no)
                        WHERE t.name = :tenant OR a.kind = 0 ORDER BY day DESC, kind LIMIT :max""")
                .bind("tenant", tenant)
                .bind("max", max)
                .map((row, _) -> AccountRows.read(row))
                .list());
    }

    /**
     * Caps what a tenant may spend in all, or in a day, that of today included.
     *
     * @param usdMicros null: no cap
     */
    public CapChange cap(String tenant, Account.Kind kind, @Nullable Long usdMicros, LocalDate today) {
        tenants.enrol(List.of(tenant));
        int number = tenants.number(tenant);
        Account.Key key =
                kind == Account.Kind.TENANT ? Account.Key.tenant(number) : Account.Key.tenantDay(number, today);
        return database.write(handle -> {
            Account account = AccountRows.lock(handle, List.of(key), Caps.NONE).getFirst();
            if (usdMicros != null && usdMicros < account.used()) {
                return new CapChange.BelowUse(account.reserved(), account.unknown(), account.spent());
            }
            AccountRows.cap(handle, key, usdMicros);
            if (kind == Account.Kind.TENANT_DAY) {
                handle.createUpdate("UPDATE tenant SET day_cap = :cap WHERE tenant_no = :tenant")
                        .bind("cap", usdMicros)
                        .bind("tenant", number)
                        .execute();
            }
            return new CapChange.Changed();
        });
    }
}
