package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
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
import dev.renderfleet.sandbox.simulators.CallAdmission.Admission;
import dev.renderfleet.sandbox.simulators.CallAdmission.Charge;
import dev.renderfleet.sandbox.simulators.ImageFault;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatedProvider;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.gemini.AnswerPlan.Oddity;
import dev.renderfleet.sandbox.simulators.gemini.GeminiRoute.Platform;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Google's Gemini API for pictures, on the Developer API's routes and those of Vertex AI, also by the name of either. A call is checked as the
 * real API does it: route and key, model, body, quota; then it is billed, waits and is answered. A billed call stays billed if its
 * client disconnects.
 */
public final class GeminiSimulator extends SimulatedProvider {
    public static final String NAME = "gemini";
    public static final String VERTEX = "vertex";

    private static final String KEY = "sandbox-key";
    private static final String JSON = "application/json; charset=UTF-8";

    private final GeminiModels catalogue = GeminiModels.builtIn();
    private final GenerateCallReader reader = new GenerateCallReader(catalogue);
    private final AnswerWriter writer = new AnswerWriter();
    private final long seed;

    /** @param seed of pictures, where a call names none */
    public GeminiSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        this(NAME, state, renderer, seed, clock);
    }

    /** @param name {@link #NAME} or {@link #VERTEX} */
    public GeminiSimulator(
            String name, SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        super(name, KEY, state, renderer, clock);
        this.seed = seed;
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
        if (route.get() instanceof GeminiRoute.Token) {
            exchange.respond(ServiceAccountTokens.exchange(request, KEY + "-token"));
            return;
        }
        Optional<String> key = credential(request, route.get().platform());
        if (key.isEmpty() || !key.get().startsWith(KEY)) {
            exchange.respond(error(refusal(request, route.get().platform(), key.isEmpty())));
            return;
        }
        switch (route.get()) {
            case GeminiRoute.Token _ -> throw new AssertionError("answered above");
            case GeminiRoute.Generate generate -> generate(key.get(), new Wire(generate, request, exchange));
            case GeminiRoute.ListModels _ -> exchange.respond(json(catalogue.list()));
            case GeminiRoute.GetModel one ->
                exchange.respond(catalogue
                        .find(one.model(), Platform.DEVELOPER_API)
                        .map(model -> json(model.describe()))
                        .orElseGet(() -> error(GeminiError.noModel(one.model()))));
        }
    }

    /** A key or a token; a project of Vertex AI takes a token only. */
    private static Optional<String> credential(HttpRequest request, Platform platform) {
        Optional<String> token =
                request.header("authorization").map(value -> value.replaceFirst("(?i)^bearer\\s+", ""));
        return platform == Platform.VERTEX_PROJECT ? token : apiKey(request).or(() -> token);
    }

    private static Optional<String> apiKey(HttpRequest request) {
        return request.header("x-goog-api-key").or(() -> request.query("key"));
    }

    private static GeminiError refusal(HttpRequest request, Platform platform, boolean missing) {
        if (apiKey(request).isPresent()) {
            return platform == Platform.VERTEX_PROJECT ? GeminiError.keyForProject() : GeminiError.wrongKey();
        }
        return missing ? GeminiError.forbidden() : GeminiError.wrongToken();
    }

    /** The request and its connection; the route decides the answer's form. */
    private record Wire(GeminiRoute.Generate route, HttpRequest request, HttpExchange exchange) {
        boolean events() {
            return route.stream() && request.query("alt").orElse("").equals("sse");
        }

        void refuse(GeminiError error) throws IOException {
            boolean wrapped = route.platform().isVertex() && error.code() == 429;
            exchange.respond(error(wrapped ? error.inArray() : error));
        }

        void refuseIn200(GeminiError error) throws IOException {
            exchange.respond(json(error.toJson()));
        }
    }

    private void generate(String key, Wire wire) throws IOException, InterruptedException {
        Optional<GeminiModel> model =
                catalogue.find(wire.route().model(), wire.route().platform());
        if (model.isEmpty()) {
            wire.refuse(GeminiError.noModel(wire.route().model()));
            return;
        }
        switch (reader.read(model.get(), wire.request().body())) {
            case GenerateCallReader.Reading.Refused refused -> wire.refuse(refused.error());
            case GenerateCallReader.Reading.Accepted(GenerateCall call) -> {
                switch (admission.admit(key, call.facts(), 1, call.promptTokens())) {
                    case Admission.Refused(Denied denied) ->
                        wire.refuse(GeminiError.quota(call.model().id(), denied));
                    case Admission.Admitted(var permit, List<Behaviour> behaviours) -> {
                        try (permit) {
                            permitted(call, behaviours, wire);
                        }
                    }
                }
            }
        }
    }

    private void permitted(GenerateCall call, List<Behaviour> behaviours, Wire wire)
            throws IOException, InterruptedException {
        AnswerPlan plan;
        try {
            plan = AnswerPlan.of(call.model().id(), call.thoughts(), behaviours);
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
        var usage = TokenUsage.of(call, plan);
        admission.answer(
                new Charge(
                        call.facts(),
                        plan.describe() + (call.continues() ? BillingLedger.CONTINUED : ""),
                        plan.pictures(),
                        usage.total(),
                        usage.usdMicros(drawing(plan, call))
                                + SearchFindings.of(call, plan).usdMicros(drawing(plan, call))),
                admission.time(
                        call.facts(), call.priced().latency(), call.model().tail(), plan.faults()),
                plan.faults(),
                wire.exchange(),
                () -> answer(call, files, plan, wire));
    }

    private GeminiModel drawing(AnswerPlan plan, GenerateCall call) {
        return plan.otherModel()
                .flatMap(id -> catalogue.find(id, Platform.DEVELOPER_API))
                .orElse(call.model());
    }

    private HttpResponse answer(GenerateCall call, List<byte[]> files, AnswerPlan plan, Wire wire)
            throws InterruptedException {
        List<Photo> photos = SimulatedPictures.photos(files.subList(call.past(), files.size()));
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
        return HttpResponse.text(200, JSON, SimulatorJson.write(body));
    }

    private static HttpResponse error(GeminiError error) {
        HttpResponse response = HttpResponse.text(error.code(), JSON, SimulatorJson.write(error.toJson()));
        return error.retryAfter()
                .map(value -> response.withHeader("Retry-After", value))
                .orElse(response);
    }
}
