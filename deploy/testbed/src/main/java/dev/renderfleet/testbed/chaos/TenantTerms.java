package dev.renderfleet.testbed.chaos;

import java.util.Arrays;

/** The tenants of a run; their shares and caps bind in one with schedulers. */
enum TenantTerms {
    LIGHT("tenant-0", 100, Cap.NONE),
    HEAVY("tenant-1", 300, Cap.NONE),
    CAPPED("tenant-2", 100, Cap.TOTAL),
    CAPPED_BY_DAY("tenant-3", 200, Cap.DAY);

    /** What a cap counts; the names are those of the REST API. */
    enum Cap {
        NONE,
        TOTAL,
        DAY
    }

    private final String tenant;
    private final int weight;
    private final Cap cap;

    TenantTerms(String tenant, int weight, Cap cap) {
        this.tenant = tenant;
        this.weight = weight;
        this.cap = cap;
    }

    /** The tenant of the job of that number. */
    static TenantTerms of(int number) {
        return values()[number % values().length];
    }

    /** The tenant of that name. */
    static TenantTerms of(String tenant) {
        return Arrays.stream(values())
                .filter(terms -> terms.tenant.equals(tenant))
                .findFirst()
                .orElseThrow();
    }

    /** The tenant's name in jobs. */
    String tenant() {
        return tenant;
    }

    int weight() {
        return weight;
    }

    Cap cap() {
        return cap;
    }
}
