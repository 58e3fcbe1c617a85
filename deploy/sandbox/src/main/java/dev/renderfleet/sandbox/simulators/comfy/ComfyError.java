package dev.renderfleet.sandbox.simulators.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.SimulatorJson;

/** ComfyUI's errors, and those of a proxy before it. */
final class ComfyError {
    private ComfyError() {}

    static HttpResponse json(int status, JsonNode body) {
        return HttpResponse.text(status, "application/json; charset=utf-8", SimulatorJson.write(body));
    }

    /** An empty answer, as of requests that change something. */
    static HttpResponse status(int status) {
        return HttpResponse.text(status, "application/octet-stream", "");
    }

    /** A refused workflow. */
    static HttpResponse refused(String type, String message, String details) {
        return refused(type, message, details, SimulatorJson.newObject());
    }

    /** A node with a wrong input. */
    static HttpResponse node(String id, String classType, String type, String message, String details) {
        ObjectNode nodes = SimulatorJson.newObject();
        ObjectNode node = nodes.putObject(id).put("class_type", classType);
        node.putArray("errors")
                .addObject()
                .put("type", type)
                .put("message", message)
                .put("details", details)
                .putObject("extra_info");
        node.putArray("dependent_outputs");
        return refused(
                "prompt_outputs_failed_validation",
                "Prompt outputs failed validation",
                message + ": " + details,
                nodes);
    }

    private static HttpResponse refused(String type, String message, String details, ObjectNode nodes) {
        ObjectNode body = SimulatorJson.newObject();
        body.putObject("error")
                .put("type", type)
                .put("message", message)
                .put("details", details)
                .putObject("extra_info");
        body.set("node_errors", nodes);
        return json(400, body);
    }

    /** The error that a behaviour asks for by its status; any other name throws an {@link IllegalArgumentException}. */
    static HttpResponse simulated(Behaviour behaviour) {
        return switch (behaviour.name()) {
            case "400" -> node("1", "CheckpointLoaderSimple", "value_not_in_list", "Value not in list", "ckpt_name");
            case "401", "403", "404", "413", "429", "500", "502", "503" -> {
                int status = Integer.parseInt(behaviour.name());
                yield HttpResponse.text(status, "text/plain; charset=utf-8", status + ": by a proxy or the server");
            }
            default -> throw behaviour.unknown();
        };
    }
}
