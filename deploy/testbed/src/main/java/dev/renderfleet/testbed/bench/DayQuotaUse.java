package dev.renderfleet.testbed.bench;

import java.util.Locale;

/**
 * How much one crew used of one day's quota.
 *
 * @param granted calls that the provider accepts in a day
 * @param accepted calls that it accepted; its bucket refills while it is measured, by one call in hundreds of seconds
 * @param sent calls that workers sent, refused ones too
 * @param sentPercent of those granted
 */
record DayQuotaUse(
        String workers,
        int granted,
        int jobs,
        int accepted,
        double usedPercent,
        long sent,
        double sentPercent,
        long refused) {

    String line() {
        return String.format(
                Locale.ROOT,
                "  %-27s %4d jobs: %4d accepted of %4d granted, used %6.2f %%; %4d sent, %6.2f %%; %3d refused",
                workers,
                jobs,
                accepted,
                granted,
                usedPercent,
                sent,
                sentPercent,
                refused);
    }
}
