package dev.renderfleet.sandbox.control;

import dev.renderfleet.sandbox.gemini.GeminiApi;
import dev.renderfleet.sandbox.gemini.ModelCatalogue;
import dev.renderfleet.sandbox.gemini.PictureDesk;
import dev.renderfleet.sandbox.gemini.SimulatorState;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.pictures.Studio;
import dev.renderfleet.sandbox.process.Ports;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** The simulated Gemini API and its control API on one port. */
public final class GeminiSandbox implements AutoCloseable {
    /** Accepted as it is and with anything behind it, so that tests can play several projects. */
    public static final String API_KEY = "sandbox-key";

    private final HttpListener listener;

    private GeminiSandbox(HttpListener listener) {
        this.listener = listener;
    }

    public static GeminiSandbox start(int port, long seed, double timeScale) {
        return start(port, seed, timeScale, Optional::empty);
    }

    /** Starts the simulator with a way to restart the Kafka broker beside it, once there is one. */
    public static GeminiSandbox start(
            int port, long seed, double timeScale, Supplier<Optional<Runnable>> kafkaRestart) {
        InstantSource clock = InstantSource.system();
        var state = SimulatorState.fresh(seed, timeScale, clock);
        var requests = new RequestLog();
        var control = new ControlApi(state, requests, kafkaRestart);
        var desk = new PictureDesk(new Studio(), state.knobs(), seed);
        var api = new GeminiApi(ModelCatalogue.builtIn(), API_KEY, state, desk, clock);
        return new GeminiSandbox(HttpListener.start(Ports.loopback(port), (request, exchange) -> {
            if (request.path().startsWith(ControlApi.PREFIX + "/")) {
                control.handle(request, exchange);
            } else {
                requests.add(clock.instant(), request);
                api.handle(request, exchange);
            }
        }));
    }

    public String baseUrl() {
        return "http://127.0.0.1:" + listener.port();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
