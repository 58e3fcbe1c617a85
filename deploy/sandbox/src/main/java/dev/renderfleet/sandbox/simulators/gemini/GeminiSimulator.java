package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.ImageFault;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision;
import dev.renderfleet.sandbox.simulators.ReferenceLoader;
import dev.renderfleet.sandbox.simulators.ResponseDelivery;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.gemini.AnswerPlan.Oddity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Google's Gemini API for pictures, on the Developer API's routes and Vertex'. A call is checked as the
 * real API does it: route and key, model, body, quota; then it is billed, waits and is answered. Once billed it stays billed,
 * whatever the client does.
 */
public final class GeminiSimulator implements ModelSimulator {
    public static final String NAME = "gemini";

    private static final String KEY = "sandbox-key";
    private static final String JSON = "application/json; charset=UTF-8";

    private final GeminiModels catalogue = GeminiModels.builtIn();
    private final GenerateCallReader reader = new GenerateCallReader(catalogue);
    private final ReferenceLoader references = new ReferenceLoader();
    private final AnswerWriter writer = new AnswerWriter();
    private final SimulatorState state;
    private final SimulatedPictures pictures;
    private final long seed;
    private final InstantSource clock;

    /** @param seed of pictures, where a call names none */
    public GeminiSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        this.state = state;
        this.pictures = new SimulatedPictures(renderer, state.settings());
        this.seed = seed;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String apiKey() {
        return KEY;
    }

    @Override
    public SimulatorState state() {
        return state;
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = AnswerPlan.of("", false, List.of(behaviour));
    }

    @Override
    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        Optional<GeminiRoute> route = GeminiRoute.of(request.method(), request.path());
        if (route.isEmpty()) {
            exchange.respond(
                    HttpResponse.text(404, "text/html; charset=UTF-8", "<title>Error 404 (Not Found)!!1</title>"));
            return;
        }
        Optional<String> key = key(request);
        if (key.isEmpty() || !key.get().startsWith(KEY)) {
            exchange.respond(error(key.isEmpty() ? GeminiError.forbidden() : GeminiError.wrongKey()));
            return;
        }
        switch (route.get()) {
            case GeminiRoute.Generate generate -> generate(key.get(), new Wire(generate, request, exchange));
            case GeminiRoute.ListModels _ -> exchange.respond(json(catalogue.list()));
            case GeminiRoute.GetModel one ->
                exchange.respond(catalogue
                        .find(one.model())
                        .map(model -> json(model.describe()))
                        .orElseGet(() -> error(GeminiError.noModel(one.model()))));
        }
    }

    private static Optional<String> key(HttpRequest request) {
        return request.header("x-goog-api-key")
                .or(() -> request.query("key"))
                .or(() -> request.header("authorization").map(value -> value.replaceFirst("(?i)^bearer\\s+", "")));
    }

    /** The request and its connection; the route decides the answer's form. */
    private record Wire(GeminiRoute.Generate route, HttpRequest request, HttpExchange exchange) {
        boolean events() {
            return route.stream() && request.query("alt").orElse("").equals("sse");
        }

        void refuse(GeminiError error) throws IOException {
            exchange.respond(error(error));
        }

        void refuseIn200(GeminiError error) throws IOException {
            exchange.respond(json(error.toJson()));
        }
    }

    private void generate(String key, Wire wire) throws IOException, InterruptedException {
        Optional<GeminiModel> model = catalogue.find(wire.route().model());
        if (model.isEmpty()) {
            wire.refuse(GeminiError.noModel(wire.route().model()));
            return;
        }
        switch (reader.read(model.get(), wire.request().body())) {
            case GenerateCallReader.Reading.Refused refused -> wire.refuse(refused.error());
            case GenerateCallReader.Reading.Accepted(GenerateCall call) -> {
                String id = call.model().id();
                switch (state.quotas().take(key, id, 1, call.promptTokens())) {
                    case Decision.Denied denied -> wire.refuse(GeminiError.quota(id, denied));
                    case Decision.Granted granted -> {
                        try (var _ = granted.permit()) {
                            permitted(call, wire);
                        }
                    }
                }
            }
        }
    }

    private void permitted(GenerateCall call, Wire wire) throws IOException, InterruptedException {
        AnswerPlan plan;
        try {
            plan = AnswerPlan.of(
                    call.model().id(), call.thoughts(), state.rules().apply(call.facts()));
        } catch (IllegalArgumentException e) {
            wire.refuse(GeminiError.invalid("[[sim:...]]: " + e.getMessage()));
            return;
        }
        if (plan.error().isPresent()) {
            if (plan.has(Oddity.ERROR_IN_200)) {
                wire.refuseIn200(plan.error().get());
            } else {
                wire.refuse(plan.error().get());
            }
            return;
        }
        List<byte[]> files;
        try {
            files = references.fetch(call.references());
        } catch (IOException e) {
            wire.refuse(GeminiError.invalid("Cannot fetch content from the provided URL: " + e.getMessage()));
            return;
        } catch (IllegalArgumentException _) {
            wire.refuse(GeminiError.invalid(
                    "Unable to process input image. Please retry or report in the developer forum."));
            return;
        }
        work(call, files, plan, wire);
    }

    private void work(GenerateCall call, List<byte[]> files, AnswerPlan plan, Wire wire)
            throws IOException, InterruptedException {
        Instant start = clock.instant();
        var usage = TokenUsage.of(call, plan);
        Set<WireFault> faults = plan.faults().wire();
        BillingLedger.Open bill = state.ledger()
                .bill(
                        call.facts(),
                        plan.describe(),
                        plan.pictures(),
                        usage.total(),
                        usage.usdMicros(drawing(plan, call)));
        Duration time = state.settings()
                .latency()
                .of(call.digest(), call.priced().latency(), call.model().tail())
                .plus(plan.faults().late());
        if (faults.contains(WireFault.HANG)) {
            bill.hung();
        } else if (!wire.exchange().pause(time.minus(Duration.between(start, clock.instant())))) {
            bill.clientGone();
            return;
        }
        plan.faults().idle().ifPresent(wire.exchange()::closeWhenIdle);
        try {
            bill.ended(ResponseDelivery.deliver(answer(call, files, plan, wire), faults, wire.exchange()));
        } catch (IOException e) {
            bill.clientGone();
            throw e;
        }
    }

    private GeminiModel drawing(AnswerPlan plan, GenerateCall call) {
        return plan.otherModel().flatMap(catalogue::find).orElse(call.model());
    }

    private HttpResponse answer(GenerateCall call, List<byte[]> files, AnswerPlan plan, Wire wire)
            throws InterruptedException {
        Set<WireFault> faults = plan.faults().wire();
        if (faults.contains(WireFault.HANG) || faults.contains(WireFault.RESET)) {
            return json(JsonNodeFactory.instance.objectNode());
        }
        List<Photo> photos = SimulatedPictures.photos(files);
        // The small first sketch that comes as a thought.
        Picture draft = plan.pictures() > 0 && plan.has(Oddity.THOUGHTS)
                ? pictures.draw(order(call, photos, -1), Set.of())
                : null;
        var drawn = new ArrayList<Picture>();
        for (int number = 0; number < plan.pictures(); number++) {
            boolean broken = plan.has(Oddity.LAST_BROKEN) && number == plan.pictures() - 1;
            drawn.add(pictures.draw(
                    order(call, photos, number),
                    broken ? Set.of(ImageFault.TRUNCATED_FILE) : plan.faults().image()));
        }
        var material = new AnswerWriter.Material(call, plan, draft, drawn);
        ObjectNode answer = writer.answer(material);
        if (wire.events()) {
            return HttpResponse.of(200, "text/event-stream", AnswerWriter.body("data: ", answer, "\r\n\r\n", material));
        }
        return wire.route().stream()
                ? HttpResponse.of(200, JSON, AnswerWriter.body("[", answer, "]", material))
                : HttpResponse.of(200, JSON, AnswerWriter.body("", answer, "\n", material));
    }

    private PictureRequest order(GenerateCall call, List<Photo> photos, int number) {
        return new PictureRequest(
                call.wanted(),
                call.model().id(),
                call.ratio(),
                call.size(),
                call.pixels().width(),
                call.pixels().height(),
                call.seed().orElse(seed) + number,
                call.model().mime(),
                photos,
                Style.SCENE,
                0);
    }

    private static HttpResponse json(JsonNode body) {
        return HttpResponse.text(200, JSON, AnswerWriter.json(body));
    }

    private static HttpResponse error(GeminiError error) {
        HttpResponse response = HttpResponse.text(error.code(), JSON, AnswerWriter.json(error.toJson()));
        return error.retryAfter()
                .map(value -> response.withHeader("Retry-After", value))
                .orElse(response);
    }
}
