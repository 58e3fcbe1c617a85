package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import java.io.IOException;

/**
 * The API of one model provider, simulated: its routes, its rules for requests, its answers and errors. What a test steers
 * and asks is in the {@link SimulatorState}, whose parts all providers share; {@link CallAdmission} applies them to a call. Requests are answered each on a virtual thread
 * of its own; a provider with tasks to poll keeps them itself, and a task keeps its bill and its quota permit until it ends.
 */
public interface ModelSimulator {
    /** Lower-case letters and digits: the base path on the model port, and the name in control API and command line. */
    String name();

    /** The key that requests must carry; one that begins with it counts as another project's. */
    String apiKey();

    SimulatorState state();

    /** Answers a request; its path is without the base path. */
    void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException;

    /** Throws an {@link IllegalArgumentException} if this provider has no such behaviour. */
    void check(Behaviour behaviour);
}
