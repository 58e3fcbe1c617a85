package dev.renderfleet.testbed.bench;

import java.util.List;
import java.util.Locale;

/**
 * How much the workers of one trial used of a quota.
 *
 * @param seconds of the window; of a day's quota until calls stop
 * @param accepted calls that the provider accepted in the window
 * @param granted calls that its bucket was refilled by in the window, or that it accepts in a day
 * @param usedPercent of those granted. What was accepted beyond is not counted: it was left from the lead-in
 * @param calls since the quota was set (a minute's bucket: emptied) until the workers were gone, refused ones too
 * @param refusedPercent 429s, of those calls
 * @param acceptedPerSlice in each 5 s of the window
 */
record QuotaUse(
        String quota,
        String workers,
        double seconds,
        int accepted,
        double granted,
        double usedPercent,
        long calls,
        long refused,
        double refusedPercent,
        List<Integer> acceptedPerSlice) {
    QuotaUse {
        acceptedPerSlice = List.copyOf(acceptedPerSlice);
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "  %-43s %-36s %4.0f s: %5d accepted of %5.0f granted, used %6.2f %%; %3d of %5d calls refused, %5.2f %%",
                quota,
                workers,
                seconds,
                accepted,
                granted,
                usedPercent,
                refused,
                calls,
                refusedPercent);
    }
}
