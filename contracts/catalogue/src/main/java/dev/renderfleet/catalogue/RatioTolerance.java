package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonCreator.Mode;

/**
 * How far a picture's aspect ratio may be from the requested one.
 *
 * @param fraction of the requested ratio, 0 to 0.25
 */
public record RatioTolerance(double fraction) {

    /** Above the providers' own deviations (3.1 % at 16:9), below the distance of the closest ratios (4:3 and 5:4: 6 %). */
    public static final RatioTolerance DEFAULT = new RatioTolerance(0.04);

    private static final double FRACTION_MAX = 0.25;

    @JsonCreator(mode = Mode.DELEGATING)
    public RatioTolerance {
        if (!(fraction >= 0 && fraction <= FRACTION_MAX)) {
            throw new IllegalArgumentException(
                    "ratio-tolerance must be 0 to " + FRACTION_MAX + ", such as 0.04 for 4 %, not " + fraction);
        }
    }
}
