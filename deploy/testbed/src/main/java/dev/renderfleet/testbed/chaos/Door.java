package dev.renderfleet.testbed.chaos;

import java.util.random.RandomGenerator;

/** The ways by which jobs come in. */
enum Door {
    /** {@code render.requests}. */
    REQUESTS,
    /** REST of a scheduler. */
    REST,
    /** {@code render.jobs}, beside the scheduler. */
    DIRECT;

    private static final int PERCENT = 100;
    private static final int REQUESTS_PERCENT = 45;
    private static final int REST_PERCENT = 40;

    /** A random door; never the direct one for tenants with a cap, which does not bind it. */
    static Door of(TenantTerms tenant, RandomGenerator random) {
        int drawn = random.nextInt(tenant.cap() == TenantTerms.Cap.NONE ? PERCENT : REQUESTS_PERCENT + REST_PERCENT);
        return drawn < REQUESTS_PERCENT ? REQUESTS : drawn < REQUESTS_PERCENT + REST_PERCENT ? REST : DIRECT;
    }
}
