package dev.renderfleet.scheduler.money;

import java.util.OptionalLong;

/**
 * What a job asks of its accounts, in millionths of a US dollar.
 *
 * @param least without which it is not released: its worst-case price; 0 for a job that a worker will reject
 * @param wanted at most; less than {@code least} where the job's own budget is
 */
public record Demand(long least, long wanted) {

    /** Of a job that needs no money. */
    public static final Demand NOTHING = new Demand(0, 0);

    /**
     * The demand of a job.
     *
     * @param worst worst-case price of all its images; 0: no model can draw it
     * @param calls how many times the price is reserved where there is room
     * @param budget the job's own
     */
    public static Demand of(long worst, int calls, OptionalLong budget) {
        long room = worst == 0
                ? budget.orElse(0)
                : Math.min(Math.multiplyExact(worst, calls), budget.orElse(Long.MAX_VALUE));
        return new Demand(Math.min(worst, room), room);
    }
}
