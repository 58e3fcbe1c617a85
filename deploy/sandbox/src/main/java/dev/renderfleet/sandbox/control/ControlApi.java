package dev.renderfleet.sandbox.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.gemini.Latency;
import dev.renderfleet.sandbox.gemini.PictureSettings;
import dev.renderfleet.sandbox.gemini.QuotaEngine;
import dev.renderfleet.sandbox.gemini.Rule;
import dev.renderfleet.sandbox.gemini.SimulatorState;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.s3.FaultBook;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads and turns the simulator's knobs over HTTP. A wrong request is a 400 whose text says what is wrong. */
final class ControlApi {
    static final String PREFIX = "/__sim";

    private static final int ENTRIES_DEFAULT = 100;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final SimulatorState state;
    private final RequestLog requests;
    private final Neighbours neighbours;

    ControlApi(SimulatorState state, RequestLog requests, Neighbours neighbours) {
        this.state = state;
        this.requests = requests;
        this.neighbours = neighbours;
    }

    void handle(HttpRequest request, HttpExchange exchange) throws IOException {
        exchange.respond(answer(request));
    }

    private HttpResponse answer(HttpRequest request) {
        try {
            return switch (request.method() + " " + request.path().substring(PREFIX.length())) {
                case "GET /health" -> json(Map.of("status", "up"));
                case "POST /rules" -> addRules(request);
                case "GET /rules" -> json(Map.of("rules", state.rules().standing()));
                case "DELETE /rules" -> done(state.rules()::clear);
                case "POST /settings" -> settings(request);
                case "GET /settings" -> json(currentSettings());
                case "DELETE /settings" -> done(state.knobs()::reset);
                case "POST /quota" -> quota(request);
                case "GET /quota" -> json(Map.of("limits", state.quotas().limits()));
                case "DELETE /quota" -> done(state.quotas()::clear);
                case "GET /ledger" -> json(ledger(count(request, "entries")));
                case "GET /ledger/prompts" ->
                    json(Map.of("prompts", state.ledger().byPrompt()));
                case "GET /running" -> running();
                case "DELETE /ledger" -> done(state.ledger()::reset);
                case "GET /requests" -> json(Map.of("requests", requests.last(count(request, "last"))));
                case "DELETE /requests" -> done(requests::clear);
                case "POST /kafka/restart" ->
                    done(neighbours
                            .kafkaRestart()
                            .get()
                            .orElseThrow(() -> new IllegalArgumentException("this sandbox runs without kafka")));
                case "POST /s3/faults" -> addS3Faults(request);
                case "GET /s3/faults" -> json(Map.of("faults", s3Faults().standing()));
                case "DELETE /s3/faults" -> json(Map.of("faults", s3Faults().clear()));
                case "POST /reset" -> done(this::resetAll);
                default -> HttpResponse.text(404, "text/plain", "no such control: " + request.path());
            };
        } catch (JsonProcessingException e) {
            return wrong(e.getOriginalMessage());
        } catch (IOException | IllegalArgumentException e) {
            return wrong(String.valueOf(e.getMessage()));
        }
    }

    private HttpResponse addRules(HttpRequest request) throws IOException {
        JsonNode body = MAPPER.readTree(request.body());
        Iterable<JsonNode> given = body.isArray() ? body : List.of(body);
        var ids = new ArrayList<Integer>();
        for (JsonNode one : given) {
            ids.add(state.rules().add(MAPPER.treeToValue(one, Rule.class)));
        }
        return json(Map.of("ids", ids));
    }

    private HttpResponse addS3Faults(HttpRequest request) throws IOException {
        FaultBook book = s3Faults();
        JsonNode body = MAPPER.readTree(request.body());
        Iterable<JsonNode> given = body.isArray() ? body : List.of(body);
        var ids = new ArrayList<Integer>();
        for (JsonNode one : given) {
            ids.add(book.add(MAPPER.treeToValue(one, S3Fault.class)));
        }
        return json(Map.of("ids", ids));
    }

    private FaultBook s3Faults() {
        return neighbours.s3Faults().orElseThrow(() -> new IllegalArgumentException("this sandbox runs without s3"));
    }

    private HttpResponse running() throws JsonProcessingException {
        var running = state.ledger().running();
        return json(Map.of("count", running.size(), "calls", running));
    }

    private HttpResponse settings(HttpRequest request) throws IOException {
        JsonNode body = MAPPER.readTree(request.body());
        Iterator<String> names = body.fieldNames();
        while (names.hasNext()) {
            set(names.next(), body);
        }
        return json(currentSettings());
    }

    private void set(String name, JsonNode body) throws IOException {
        JsonNode value = body.get(name);
        switch (name) {
            case "latency" ->
                state.knobs()
                        .latency(state.knobs()
                                .latency()
                                .with(
                                        value.isNull()
                                                ? Optional.empty()
                                                : Optional.of(MAPPER.treeToValue(value, Latency.Distribution.class))));
            case "timeScale" -> state.knobs().latency(state.knobs().latency().scaled(value.asDouble()));
            case "picture" ->
                state.knobs()
                        .pictures(
                                value.isNull()
                                        ? PictureSettings.STANDARD
                                        : MAPPER.treeToValue(value, PictureSettings.class));
            default -> throw new IllegalArgumentException("settings are latency, timeScale and picture, not " + name);
        }
    }

    private Map<String, Object> currentSettings() {
        var latency = state.knobs().latency();
        var settings = new LinkedHashMap<String, Object>();
        latency.forAll().ifPresent(distribution -> settings.put("latency", distribution));
        settings.put("timeScale", latency.timeScale());
        settings.put("seed", latency.seed());
        settings.put("picture", state.knobs().pictures());
        return settings;
    }

    private HttpResponse quota(HttpRequest request) throws IOException {
        state.quotas().set(MAPPER.readValue(request.body(), QuotaEngine.Limit.class));
        return json(Map.of("limits", state.quotas().limits()));
    }

    private Map<String, Object> ledger(int entries) {
        var totals = state.ledger().totals();
        var answer = new LinkedHashMap<String, Object>();
        answer.put("calls", totals.calls());
        answer.put("images", totals.images());
        answer.put("tokens", totals.tokens());
        answer.put("usdMicros", totals.usdMicros());
        answer.put("byModel", state.ledger().byModel());
        answer.put("entries", state.ledger().last(entries));
        return answer;
    }

    private void resetAll() {
        state.reset();
        requests.clear();
        neighbours.s3Faults().ifPresent(FaultBook::clear);
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
