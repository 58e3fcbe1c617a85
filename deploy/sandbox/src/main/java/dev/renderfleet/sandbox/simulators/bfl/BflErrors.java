package dev.renderfleet.sandbox.simulators.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.SimulatorJson;

/** The API's errors in its two forms: {@code {error, message, details}}, and FastAPI's {@code {detail}}. */
final class BflErrors {
    private BflErrors() {}

    static HttpResponse json(int status, JsonNode body) {
        return HttpResponse.text(status, "application/json", SimulatorJson.write(body));
    }

    static HttpResponse coded(int status, String error, String message) {
        return json(status, body(error, message));
    }

    static HttpResponse detail(int status, String text) {
        return json(status, SimulatorJson.newObject().put("detail", text));
    }

    static HttpResponse validation(String field, String problem, String type) {
        ObjectNode body = SimulatorJson.newObject();
        ObjectNode entry = body.putArray("detail").addObject();
        entry.putArray("loc").add("body").add(field);
        entry.put("msg", problem).put("type", type);
        return json(422, body);
    }

    /** @param seconds that the client is asked to wait */
    static HttpResponse tooManyTasks(int limit, String seconds) {
        ObjectNode body = body("rate_limit_exceeded", "You have reached the limit of %d active tasks".formatted(limit));
        return json(429, body.put("retry_after", Double.parseDouble(seconds)))
                .withHeader("Retry-After", seconds)
                .withHeader("X-RateLimit-Limit", Integer.toString(limit))
                .withHeader("X-RateLimit-Remaining", "0")
                .withHeader("X-RateLimit-Reset", seconds);
    }

    /** The error that a behaviour asks for by its status; any other name throws an {@link IllegalArgumentException}. */
    static HttpResponse simulated(Behaviour behaviour) {
        return switch (behaviour.name()) {
            case "400" -> coded(400, "invalid_image", "The input image could not be processed");
            case "401" -> coded(401, "invalid_api_key", "The API key is not valid");
            case "402" -> coded(402, "insufficient_credits", "Your account has no credits left");
            case "403" -> detail(403, "This organization does not have access to the endpoint");
            case "404" -> detail(404, "Not Found");
            case "422" -> validation("prompt", "String should have fewer characters", "string_too_long");
            case "429" -> tooManyTasks(24, behaviour.option("retryAfter", "5"));
            case "500" -> detail(500, "Internal Server Error");
            case "502" -> HttpResponse.text(502, "text/html", "<html><title>502 Bad Gateway</title></html>");
            case "503" -> detail(503, "Service Unavailable");
            case "ERRORS_IN_200" -> {
                ObjectNode body = SimulatorJson.newObject();
                body.putArray("errors").add("The prompt could not be read");
                yield json(200, body);
            }
            default -> throw behaviour.unknown();
        };
    }

    private static ObjectNode body(String error, String message) {
        return SimulatorJson.newObject()
                .put("error", error)
                .put("message", message)
                .putNull("details");
    }
}
