package dev.renderfleet.sandbox.simulators.bfl;

import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One model as data.
 *
 * @param references that it takes at most
 * @param firstMegapixel its price in US cents
 * @param furtherMegapixel the price of each further one, and of each megapixel of the references, in US cents
 */
record BflModel(
        String id, Family family, int references, double firstMegapixel, double furtherMegapixel, Distribution time) {

    /** Models of a family take the same fields. */
    enum Family {
        FLUX_3("images resolution aspect_ratio grounding version"),
        FLUX_2("width height seed output_format"),
        FLUX_2_FLEX("width height seed output_format steps guidance"),
        KONTEXT("aspect_ratio seed prompt_upsampling output_format"),
        FILL("image mask seed steps guidance prompt_upsampling output_format"),
        FLUX_1("width height aspect_ratio seed raw image_prompt output_format");

        private final String fields;

        Family(String fields) {
            this.fields = fields;
        }
    }

    private static final String FIELDS_OF_ALL = "prompt safety_tolerance webhook_url webhook_secret";

    private static final Distribution FAST = new Distribution(6, 25);
    private static final Distribution SLOW = new Distribution(12, 60);

    private static final List<BflModel> ALL = List.of(
            new BflModel("flux-3-image", Family.FLUX_3, 10, 0, 0, SLOW),
            new BflModel("flux-2-pro", Family.FLUX_2, 8, 3, 1.5, FAST),
            new BflModel("flux-2-max", Family.FLUX_2, 8, 7, 3, SLOW),
            new BflModel("flux-2-flex", Family.FLUX_2_FLEX, 8, 5, 5, SLOW),
            new BflModel("flux-2-klein-4b", Family.FLUX_2, 4, 1.4, 0.1, FAST),
            new BflModel("flux-2-klein-9b", Family.FLUX_2, 4, 1.5, 0.2, FAST),
            new BflModel("flux-kontext-pro", Family.KONTEXT, 4, 4, 0, FAST),
            new BflModel("flux-kontext-max", Family.KONTEXT, 4, 8, 0, FAST),
            new BflModel("flux-pro-1.0-fill", Family.FILL, 2, 5, 0, FAST),
            new BflModel("flux-pro-1.1", Family.FLUX_1, 1, 4, 0, FAST),
            new BflModel("flux-pro-1.1-ultra", Family.FLUX_1, 1, 6, 0, FAST));

    static Optional<BflModel> find(String id) {
        return ALL.stream().filter(model -> model.id.equals(id)).findFirst();
    }

    /** All fields of its requests; any other is refused. */
    Set<String> fields() {
        var fields = new HashSet<>(List.of((FIELDS_OF_ALL + " " + family.fields).split(" ", -1)));
        if (numbersItsReferences()) {
            for (int number = 1; number <= references; number++) {
                fields.add(referenceField(number));
            }
        }
        return fields;
    }

    /** Whether references are fields of their own, numbered from 1. */
    boolean numbersItsReferences() {
        return family == Family.FLUX_2 || family == Family.FLUX_2_FLEX || family == Family.KONTEXT;
    }

    static String referenceField(int number) {
        return number == 1 ? "input_image" : "input_image_" + number;
    }
}
