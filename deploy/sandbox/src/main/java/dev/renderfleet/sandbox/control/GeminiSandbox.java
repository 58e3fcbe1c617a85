package dev.renderfleet.sandbox.control;

import dev.renderfleet.sandbox.gemini.GeminiApi;
import dev.renderfleet.sandbox.gemini.ModelCatalogue;
import dev.renderfleet.sandbox.gemini.PictureDesk;
import dev.renderfleet.sandbox.gemini.SimulatorState;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Studio;
import dev.renderfleet.sandbox.process.Ports;
import java.io.IOException;
import java.time.InstantSource;

/** The simulated Gemini API and the sandbox's control API on one port. The control API is there also without the other. */
public final class GeminiSandbox implements AutoCloseable {
    /** Accepted as it is and with anything behind it, so that tests can play several projects. */
    public static final String API_KEY = "sandbox-key";

    private final HttpListener listener;

    private GeminiSandbox(HttpListener listener) {
        this.listener = listener;
    }

    public static GeminiSandbox start(int port, long seed, double timeScale) {
        return start(port, seed, timeScale, true, Neighbours.NONE);
    }

    /** Starts the control API, and the simulator behind it only if it {@code simulates}. */
    public static GeminiSandbox start(int port, long seed, double timeScale, boolean simulates, Neighbours neighbours) {
        InstantSource clock = InstantSource.system();
        var state = SimulatorState.fresh(seed, timeScale, clock);
        var requests = new RequestLog();
        var control = new ControlApi(state, requests, neighbours);
        HttpListener.Handler model = simulates ? simulator(state, requests, seed, clock) : GeminiSandbox::absent;
        return new GeminiSandbox(HttpListener.start(Ports.loopback(port), (request, exchange) -> {
            if (request.path().startsWith(ControlApi.PREFIX + "/")) {
                control.handle(request, exchange);
            } else {
                model.handle(request, exchange);
            }
        }));
    }

    private static HttpListener.Handler simulator(
            SimulatorState state, RequestLog requests, long seed, InstantSource clock) {
        var desk = new PictureDesk(new Studio(), state.knobs(), seed);
        var api = new GeminiApi(ModelCatalogue.builtIn(), API_KEY, state, desk, clock);
        return (request, exchange) -> {
            requests.add(clock.instant(), request);
            api.handle(request, exchange);
        };
    }

    private static void absent(HttpRequest request, HttpExchange exchange) throws IOException {
        exchange.respond(HttpResponse.text(404, "text/plain", "this sandbox runs without gemini"));
    }

    /** The control API's address. */
    public String control() {
        return baseUrl() + ControlApi.PREFIX;
    }

    public String baseUrl() {
        return "http://127.0.0.1:" + listener.port();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
