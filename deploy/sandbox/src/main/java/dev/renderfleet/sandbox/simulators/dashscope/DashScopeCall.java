package dev.renderfleet.sandbox.simulators.dashscope;

import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedCall;
import java.util.List;

/** A valid call: everything that decides its pictures and their price. The digest covers the model and the whole body. */
record DashScopeCall(
        DashScopeModel model,
        String prompt,
        List<Reference> references,
        int width,
        int height,
        int count,
        long seed,
        String digest) {

    DashScopeCall {
        references = List.copyOf(references);
    }

    SimulatedCall facts() {
        return new SimulatedCall(model.id(), prompt, digest);
    }

    /** The price of so many pictures, and of the references if there are any. */
    long usdMicros(int images) {
        return images == 0
                ? 0
                : images * model.pictureUsdMicros() + references.size() * DashScopeModel.REFERENCE_USD_MICROS;
    }
}
