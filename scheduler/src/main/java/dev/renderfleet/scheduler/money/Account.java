package dev.renderfleet.scheduler.money;

import java.time.LocalDate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What may be spent in one scope, and what was. All amounts in millionths of a US dollar.
 *
 * @param cap null: no cap
 * @param reserved worst-case price of released jobs without outcome
 * @param unknown of calls that may have been billed
 */
public record Account(Key key, @Nullable Long cap, long reserved, long unknown, long spent) {

    /** The scopes; each paid job counts in all of them. */
    public enum Kind {
        FLEET_DAY(0),
        TENANT(1),
        TENANT_DAY(2);

        private final short code;

        Kind(int code) {
            this.code = (short) code;
        }

        /** The kind that is stored by this code. */
        public static Kind of(int code) {
            return Arrays.stream(values())
                    .filter(kind -> kind.code == code)
                    .findFirst()
                    .orElseThrow();
        }

        /** By which it is stored. */
        public short code() {
            return code;
        }
    }

    /**
     * Identity of an account.
     *
     * @param tenantNo 0: the fleet's
     * @param day {@link LocalDate#EPOCH}: of all days
     */
    public record Key(Kind kind, int tenantNo, LocalDate day) implements Comparable<Key> {

        public static Key fleetDay(LocalDate day) {
            return new Key(Kind.FLEET_DAY, 0, day);
        }

        public static Key tenant(int tenantNo) {
            return new Key(Kind.TENANT, tenantNo, LocalDate.EPOCH);
        }

        public static Key tenantDay(int tenantNo, LocalDate day) {
            return new Key(Kind.TENANT_DAY, tenantNo, day);
        }

        /** The order in which rows are locked. */
        @Override
        public int compareTo(Key other) {
            int byKind = kind.compareTo(other.kind);
            int byTenant = byKind != 0 ? byKind : Integer.compare(tenantNo, other.tenantNo);
            return byTenant != 0 ? byTenant : day.compareTo(other.day);
        }
    }

    /** What the cap leaves; below 0 where the cap was lowered or direct-door jobs exceeded it. */
    public long free() {
        return cap == null ? Long.MAX_VALUE : cap - used();
    }

    /** What counts against the cap. */
    public long used() {
        return reserved + unknown + spent;
    }
}
