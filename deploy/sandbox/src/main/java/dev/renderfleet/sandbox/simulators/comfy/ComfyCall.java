package dev.renderfleet.sandbox.simulators.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.simulators.SimulatedCall;
import java.util.List;

/**
 * A valid workflow: everything that decides its pictures.
 *
 * @param id that the client chose, or the server
 * @param graph as it was sent
 * @param model the checkpoint without its suffix
 * @param images names of uploaded files
 * @param saveNode that saves the pictures
 * @param prefix of their names, with a folder
 */
record ComfyCall(
        String id,
        JsonNode graph,
        String model,
        String prompt,
        List<String> images,
        int width,
        int height,
        int count,
        long seed,
        String saveNode,
        String prefix,
        String digest) {

    ComfyCall {
        images = List.copyOf(images);
    }

    SimulatedCall facts() {
        return new SimulatedCall(model, prompt, digest);
    }
}
