package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Prices by megapixel (1,048,576 pixels; a begun one counts in full), in millionths of a US dollar.
 *
 * @param first of a picture
 * @param further each one more of a picture
 * @param input each one of the references
 */
public record Megapixel(
        @JsonProperty(required = true) long first,
        @JsonProperty(required = true) long further,
        long input) {

    /** A reference's own size is not known before it is fetched. */
    private static final int INPUT_WORST = 4;

    /** Worst-case price of a picture: most ratios of a size have a little more than a square's pixels. */
    long picture(String size) {
        int megapixels = switch (size) {
            case "1K" -> 2;
            case "2K" -> 5;
            default -> 17;
        };
        return first + further * (megapixels - 1);
    }

    long references(int references) {
        return input * references * INPUT_WORST;
    }
}
