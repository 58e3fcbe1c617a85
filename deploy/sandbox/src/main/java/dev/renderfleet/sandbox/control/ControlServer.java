package dev.renderfleet.sandbox.control;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The model simulators, each below its name, and the control API on one port. Runs without simulators too. */
public final class ControlServer implements AutoCloseable {
    private final HttpListener listener;

    private ControlServer(HttpListener listener) {
        this.listener = listener;
    }

    /** On the loopback address. */
    public static ControlServer start(int port, List<ModelSimulator> simulators, SandboxParts parts) {
        return start(Ports.loopback(port), simulators, parts);
    }

    public static ControlServer start(InetSocketAddress address, List<ModelSimulator> simulators, SandboxParts parts) {
        Map<String, ModelSimulator> byName =
                simulators.stream().collect(Collectors.toUnmodifiableMap(ModelSimulator::name, Function.identity()));
        var control = new ControlApi(byName, parts);
        return new ControlServer(HttpListener.start(address, (request, exchange) -> {
            if (request.path().startsWith(ControlApi.PREFIX + "/")) {
                exchange.respond(control.answer(request.below(ControlApi.PREFIX.substring(1))));
            } else {
                simulate(byName, request, exchange);
            }
        }));
    }

    private static void simulate(Map<String, ModelSimulator> byName, HttpRequest request, HttpExchange exchange)
            throws IOException, InterruptedException {
        ModelSimulator simulator = byName.get(request.firstSegment());
        if (simulator == null) {
            exchange.respond(HttpResponse.text(404, "text/plain", "no such simulator: " + request.path()));
            return;
        }
        simulator.state().requests().add(Instant.now(), request);
        simulator.handle(request.below(simulator.name()), exchange);
    }

    /** The control API's address. */
    public String control() {
        return address(ControlApi.PREFIX.substring(1));
    }

    public String address(String simulator) {
        return "http://127.0.0.1:%d/%s".formatted(listener.port(), simulator);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
