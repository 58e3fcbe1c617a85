package dev.renderfleet.sandbox.simulators.bfl;

import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedCall;
import dev.renderfleet.sandbox.simulators.bfl.BflModel.Family;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A valid call: everything that decides the picture and its price. The digest covers the model and the whole body. */
record BflCall(
        BflModel model,
        String prompt,
        List<Reference> references,
        String resolution,
        int width,
        int height,
        OptionalLong seed,
        String mime,
        String digest) {

    /** FLUX.3 costs by its resolution, in US cents. */
    private static final Map<String, Double> FLUX_3_CENTS =
            Map.of("768sq", 4.1, "1k", 4.8, "1.5k", 7.0, "2k", 10.0, "4k", 60.7);

    private static final double MEGAPIXEL = 1024 * 1024;

    BflCall {
        references = List.copyOf(references);
    }

    SimulatedCall facts() {
        return new SimulatedCall(model.id(), prompt, digest);
    }

    /** Begun megapixels count in full. */
    int outputMegapixels() {
        return (int) Math.ceil(width * (double) height / MEGAPIXEL);
    }

    /** References count as one megapixel each. */
    int inputMegapixels() {
        return references.size();
    }

    /** A credit is one US cent. */
    double credits() {
        if (model.family() == Family.FLUX_3) {
            return FLUX_3_CENTS.getOrDefault(resolution, 4.8);
        }
        double cents = model.firstMegapixel() + model.furtherMegapixel() * (outputMegapixels() - 1 + inputMegapixels());
        return Math.round(cents * 10) / 10.0;
    }

    long usdMicros() {
        return Math.round(credits() * 10_000);
    }
}
