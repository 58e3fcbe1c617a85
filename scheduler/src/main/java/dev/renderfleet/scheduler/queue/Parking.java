package dev.renderfleet.scheduler.queue;

/** Why a flow with waiting jobs is not served. A flow may be parked for several reasons. */
public enum Parking {
    /** The tenant or the batch is paused. */
    PAUSED,
    /** The worst-case price of its first job does not fit an account. */
    BUDGET,
    /** Its batch has as many jobs running as it may. */
    BATCH_RUNNING,
    /** The price of its first job is not known. */
    PRICE_UNKNOWN
}
