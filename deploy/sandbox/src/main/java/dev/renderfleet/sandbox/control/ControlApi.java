package dev.renderfleet.sandbox.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.s3.ActiveS3Faults;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.sandbox.simulators.Latency;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Steers the sandbox over HTTP: a simulator below its name, broker and store by paths of their own. A wrong request is a
 * 400 whose text says what is wrong.
 */
final class ControlApi {
    static final String PREFIX = "/__sim";

    private static final int ENTRIES_DEFAULT = 100;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Map<String, ModelSimulator> simulators;
    private final SandboxParts parts;

    ControlApi(Map<String, ModelSimulator> simulators, SandboxParts parts) {
        this.simulators = Map.copyOf(simulators);
        this.parts = parts;
    }

    /** @param request below {@value #PREFIX} */
    HttpResponse answer(HttpRequest request) {
        try {
            return switch (request.method() + " " + request.path()) {
                case "GET /health" -> json(Map.of("status", "up"));
                case "POST /kafka/restart" ->
                    done(parts.kafkaRestart()
                            .get()
                            .orElseThrow(() -> new IllegalArgumentException("this sandbox runs without kafka")));
                case "POST /s3/faults" -> json(ids(request, fault -> s3Faults().add(read(fault, S3Fault.class))));
                case "GET /s3/faults" -> json(Map.of("faults", s3Faults().active()));
                case "DELETE /s3/faults" -> json(Map.of("faults", s3Faults().clear()));
                case "POST /reset" -> done(this::reset);
                default -> ofSimulator(request);
            };
        } catch (JsonProcessingException e) {
            return wrong(e.getOriginalMessage());
        } catch (IOException | IllegalArgumentException e) {
            return wrong(String.valueOf(e.getMessage()));
        }
    }

    private HttpResponse ofSimulator(HttpRequest request) throws IOException {
        ModelSimulator simulator = simulators.get(request.firstSegment());
        HttpResponse answer = simulator == null ? null : answer(simulator, request.below(simulator.name()));
        return answer == null ? HttpResponse.text(404, "text/plain", "no such control: " + request.path()) : answer;
    }

    private static @Nullable HttpResponse answer(ModelSimulator simulator, HttpRequest request) throws IOException {
        SimulatorState state = simulator.state();
        return switch (request.method() + " " + request.path()) {
            case "POST /rules" ->
                json(ids(request, rule -> state.rules().add(read(rule, Rule.class), simulator::check)));
            case "GET /rules" -> json(Map.of("rules", state.rules().active()));
            case "DELETE /rules" -> done(state.rules()::clear);
            case "POST /settings" -> settings(state, MAPPER.readTree(request.body()));
            case "GET /settings" -> json(settings(state));
            case "DELETE /settings" -> done(state.settings()::reset);
            case "POST /quota" -> {
                state.quotas().set(MAPPER.readValue(request.body(), SimulatedQuota.class));
                yield json(Map.of("limits", state.quotas().quotas()));
            }
            case "GET /quota" -> json(Map.of("limits", state.quotas().quotas()));
            case "DELETE /quota" -> done(state.quotas()::clear);
            case "GET /ledger" -> json(state.ledger().statement(count(request, "entries")));
            case "GET /ledger/prompts" -> json(Map.of("prompts", state.ledger().byPrompt()));
            case "DELETE /ledger" -> done(state.ledger()::reset);
            case "GET /running" -> json(state.ledger().running());
            case "GET /requests" -> json(Map.of("requests", state.requests().last(count(request, "last"))));
            case "DELETE /requests" -> done(state.requests()::clear);
            default -> null;
        };
    }

    /** Adds the one or the several things of the body, and answers with their numbers. */
    private static Map<String, List<Integer>> ids(HttpRequest request, ToIntFunction<JsonNode> add) throws IOException {
        JsonNode body = MAPPER.readTree(request.body());
        var ids = new ArrayList<Integer>();
        for (JsonNode one : body.isArray() ? body : List.of(body)) {
            ids.add(add.applyAsInt(one));
        }
        return Map.of("ids", ids);
    }

    private static <T> T read(JsonNode json, Class<T> type) {
        try {
            return MAPPER.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    private ActiveS3Faults s3Faults() {
        return parts.s3Faults().orElseThrow(() -> new IllegalArgumentException("this sandbox runs without s3"));
    }

    private static HttpResponse settings(SimulatorState state, JsonNode body) throws IOException {
        Iterator<String> names = body.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            JsonNode value = body.get(name);
            Latency latency = state.settings().latency();
            switch (name) {
                case "latency" ->
                    state.settings()
                            .latency(latency.with(
                                    value.isNull()
                                            ? Optional.empty()
                                            : Optional.of(read(value, Latency.Distribution.class))));
                case "timeScale" -> state.settings().latency(latency.scaled(value.asDouble()));
                case "picture" ->
                    state.settings()
                            .pictures(value.isNull() ? PictureSettings.STANDARD : read(value, PictureSettings.class));
                default ->
                    throw new IllegalArgumentException("settings are latency, timeScale and picture, not " + name);
            }
        }
        return json(settings(state));
    }

    private static Map<String, Object> settings(SimulatorState state) {
        var latency = state.settings().latency();
        var settings = new LinkedHashMap<String, Object>();
        latency.forAll().ifPresent(distribution -> settings.put("latency", distribution));
        settings.put("timeScale", latency.timeScale());
        settings.put("seed", latency.seed());
        settings.put("picture", state.settings().pictures());
        return settings;
    }

    private void reset() {
        simulators.values().forEach(simulator -> simulator.state().reset());
        parts.s3Faults().ifPresent(ActiveS3Faults::clear);
    }

    private static int count(HttpRequest request, String parameter) {
        return request.query(parameter).map(Integer::parseInt).orElse(ENTRIES_DEFAULT);
    }

    private static HttpResponse done(Runnable action) {
        action.run();
        return HttpResponse.text(200, "application/json", "{}");
    }

    private static HttpResponse json(Object value) throws JsonProcessingException {
        return HttpResponse.text(200, "application/json", MAPPER.writeValueAsString(value));
    }

    private static HttpResponse wrong(String message) {
        return HttpResponse.text(400, "text/plain; charset=utf-8", message);
    }
}
