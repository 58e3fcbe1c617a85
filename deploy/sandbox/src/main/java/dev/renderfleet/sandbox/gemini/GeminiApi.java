package dev.renderfleet.sandbox.gemini;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.gemini.Effect.Delivery;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The simulated API. One call goes the way a real one does: known route and key, living model, valid body, quota, then
 * the bill, then the wait, then the answer. From the bill on nothing the client does makes the call free of charge.
 */
public final class GeminiApi {
    private static final String JSON = "application/json; charset=UTF-8";

    private final ModelCatalogue catalogue;
    private final CallReader reader;
    private final String apiKey;
    private final RuleBook rules;
    private final QuotaEngine quotas;
    private final Ledger ledger;
    private final Knobs knobs;
    private final PictureDesk pictures;
    private final ReferenceDesk references = new ReferenceDesk();
    private final AnswerWriter writer = new AnswerWriter();
    private final InstantSource clock;

    public GeminiApi(
            ModelCatalogue catalogue, String apiKey, SimulatorState state, PictureDesk pictures, InstantSource clock) {
        this.catalogue = catalogue;
        this.reader = new CallReader(catalogue);
        this.apiKey = apiKey;
        this.rules = state.rules();
        this.quotas = state.quotas();
        this.ledger = state.ledger();
        this.knobs = state.knobs();
        this.pictures = pictures;
        this.clock = clock;
    }

    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        Optional<Route> route = Route.of(request.method(), request.path());
        if (route.isEmpty()) {
            exchange.respond(
                    HttpResponse.text(404, "text/html; charset=UTF-8", "<title>Error 404 (Not Found)!!1</title>"));
            return;
        }
        Optional<ApiError> intruder = checkKey(request);
        if (intruder.isPresent()) {
            exchange.respond(error(intruder.get()));
            return;
        }
        switch (route.get()) {
            case Route.Generate generate -> generate(generate, request, exchange);
            case Route.ListModels _ -> exchange.respond(json(ModelListing.all(catalogue)));
            case Route.GetModel one ->
                exchange.respond(catalogue
                        .find(one.model())
                        .filter(model -> !model.retired())
                        .map(model -> json(ModelListing.one(model)))
                        .orElseGet(() -> error(ApiError.noModel(one.model()))));
        }
    }

    private Optional<ApiError> checkKey(HttpRequest request) {
        Optional<String> key = key(request);
        if (key.isEmpty()) {
            return Optional.of(ApiError.forbidden());
        }
        return key.get().startsWith(apiKey) ? Optional.empty() : Optional.of(ApiError.wrongKey());
    }

    private static Optional<String> key(HttpRequest request) {
        return request.header("x-goog-api-key")
                .or(() -> request.query("key"))
                .or(() -> request.header("authorization").map(value -> value.replaceFirst("(?i)^bearer\\s+", "")));
    }

    private void generate(Route.Generate route, HttpRequest request, HttpExchange exchange)
            throws IOException, InterruptedException {
        Optional<ModelSpec> model = catalogue.find(route.model()).filter(known -> !known.retired());
        if (model.isEmpty()) {
            exchange.respond(error(ApiError.noModel(route.model())));
            return;
        }
        switch (reader.read(model.get(), request.body())) {
            case CallReader.Reading.Refused refused -> exchange.respond(error(refused.error()));
            case CallReader.Reading.Accepted accepted -> {
                String key = key(request).orElse("");
                switch (quotas.take(key, accepted.call())) {
                    case QuotaEngine.Answer.Denied denied -> exchange.respond(error(denied.error()));
                    case QuotaEngine.Answer.Granted granted -> {
                        try (var _ = granted.permit()) {
                            permitted(accepted.call(), new Wire(route, request, exchange));
                        }
                    }
                }
            }
        }
    }

    /** Where the answer goes, and in which form. */
    private record Wire(Route.Generate route, HttpRequest request, HttpExchange exchange) {
        boolean events() {
            return route.stream() && request.query("alt").orElse("").equals("sse");
        }
    }

    private void permitted(GenerateCall call, Wire wire) throws IOException, InterruptedException {
        Plan plan;
        try {
            plan = Plan.of(call, rules.effectsFor(call));
        } catch (IllegalArgumentException e) {
            wire.exchange().respond(error(ApiError.invalid("[[sim:...]]: " + e.getMessage())));
            return;
        }
        if (plan.error().isPresent()) {
            wire.exchange().respond(error(plan.error().get()));
            return;
        }
        switch (references.gather(call.references())) {
            case ReferenceDesk.Gathered.Refused refused -> wire.exchange().respond(error(refused.error()));
            case ReferenceDesk.Gathered.Files files -> work(call, files.files(), plan, wire);
        }
    }

    private void work(GenerateCall call, List<byte[]> files, Plan plan, Wire wire)
            throws IOException, InterruptedException {
        Instant start = clock.instant();
        Ledger.Open bill = ledger.bill(call, describe(plan.outcome()), plan.picturesDrawn(), Usage.of(call, plan));
        Duration time = knobs.latency().of(call).plus(plan.late());
        if (plan.has(Delivery.HANG)) {
            bill.hung();
        } else if (!wire.exchange().pause(time.minus(Duration.between(start, clock.instant())))) {
            bill.clientGone();
            return;
        }
        try {
            bill.ended(Courier.deliver(answer(call, files, plan, wire), plan.deliveries(), wire.exchange()));
        } catch (IOException e) {
            bill.clientGone();
            throw e;
        }
    }

    private HttpResponse answer(GenerateCall call, List<byte[]> files, Plan plan, Wire wire)
            throws InterruptedException {
        if (plan.has(Delivery.HANG) || plan.has(Delivery.RESET)) {
            return json(JsonNodeFactory.instance.objectNode());
        }
        boolean drawn = plan.picturesDrawn() > 0;
        Picture draft = drawn && plan.thoughts() ? pictures.draft(call, files, plan) : null;
        var material = new AnswerWriter.Material(call, plan, draft, pictures.pictures(call, files, plan));
        ObjectNode answer = writer.answer(material);
        if (wire.events()) {
            return HttpResponse.of(200, "text/event-stream", AnswerWriter.body("data: ", answer, "\r\n\r\n", material));
        }
        return wire.route().stream()
                ? HttpResponse.of(200, JSON, AnswerWriter.body("[", answer, "]", material))
                : HttpResponse.of(200, JSON, AnswerWriter.body("", answer, "\n", material));
    }

    private static String describe(Plan.Outcome outcome) {
        return switch (outcome) {
            case Plan.Outcome.Drawn _ -> "STOP";
            case Plan.Outcome.Talked _ -> "TEXT_ONLY";
            case Plan.Outcome.Blocked blocked -> "BLOCK_" + blocked.reason();
            case Plan.Outcome.Ended ended -> ended.reason();
        };
    }

    private static HttpResponse json(ObjectNode body) {
        return HttpResponse.text(200, JSON, AnswerWriter.json(body));
    }

    private static HttpResponse error(ApiError error) {
        HttpResponse response = HttpResponse.text(error.code(), JSON, AnswerWriter.json(error.toJson()));
        return error.retryAfter()
                .map(value -> response.withHeader("Retry-After", value))
                .orElse(response);
    }
}
