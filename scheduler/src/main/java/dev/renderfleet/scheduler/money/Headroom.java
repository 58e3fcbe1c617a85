package dev.renderfleet.scheduler.money;

import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds money for jobs, one after the other, in accounts whose rows are locked. An account that is missing has nothing left. For one
 * thread.
 */
public final class Headroom {

    private final Map<Account.Key, Long> free = new HashMap<>();
    private final Map<Account.Key, Long> held = new TreeMap<>();

    public Headroom(Collection<Account> locked) {
        locked.forEach(account -> free.put(account.key(), account.free()));
    }

    /** The answer to a demand. */
    public sealed interface Hold {
        /** The amount is held in all accounts of the job. */
        record Held(long usdMicros) implements Hold {}

        /** Nothing is held: this account has too little left. */
        record TooLittle(Account.Key account, long free) implements Hold {}
    }

    /** The accounts that a job of the tenant needs. */
    public static List<Account.Key> scopes(int tenantNo, LocalDate day) {
        return List.of(Account.Key.fleetDay(day), Account.Key.tenant(tenantNo), Account.Key.tenantDay(tenantNo, day));
    }

    /** Holds as much as is wanted and left, in all accounts or in none. */
    public Hold hold(int tenantNo, LocalDate day, Demand demand) {
        List<Account.Key> scopes = scopes(tenantNo, day);
        long amount = demand.wanted();
        for (Account.Key scope : scopes) {
            long left = free.getOrDefault(scope, 0L);
            if (demand.least() > 0 && left < demand.least()) {
                return new Hold.TooLittle(scope, left);
            }
            amount = Math.min(amount, Math.max(0, left));
        }
        add(scopes, amount);
        return new Hold.Held(amount);
    }

    /** Gives back what was held for a job that is not released after all. */
    public void giveBack(int tenantNo, LocalDate day, long usdMicros) {
        add(scopes(tenantNo, day), -usdMicros);
    }

    private void add(List<Account.Key> scopes, long amount) {
        for (Account.Key scope : scopes) {
            free.merge(scope, -amount, Long::sum);
            held.merge(scope, amount, Long::sum);
        }
    }

    /** What was held in each account, in the order of locks. */
    public Map<Account.Key, Long> held() {
        return new TreeMap<>(held);
    }
}
