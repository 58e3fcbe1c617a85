package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CallAdmission.Admission;
import dev.renderfleet.sandbox.simulators.CallAdmission.Charge;
import dev.renderfleet.sandbox.simulators.JsonWithPictures;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatedProvider;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.Canvas;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.ImagesUsage;
import dev.renderfleet.sandbox.simulators.openai.ImagesPlan.Outcome;
import java.io.IOException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * OpenAI's Images API: generations, edits (multipart and JSON) and the list of models. A model is gone on its shutdown day
 * by the clock. Not simulated: streaming, GIF, SVG, uploaded files, batches.
 */
public final class OpenAiSimulator extends SimulatedProvider {
    public static final String NAME = "openai";

    private static final String KEY = "sk-sandbox-key";
    private static final String JSON = "application/json";
    private static final String MODELS = "/v1/models";

    private final ImagesCallReader reader = new ImagesCallReader();
    private final AtomicLong requests = new AtomicLong();
    private final long seed;

    /** @param seed of pictures: the API takes none */
    public OpenAiSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        super(NAME, KEY, state, renderer, clock);
        this.seed = seed;
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = ImagesPlan.of("", 1, List.of(behaviour));
    }

    /** One request: its connection, the caller's key, and the id that its answer carries. */
    private record Wire(HttpRequest request, HttpExchange exchange, String key, String requestId) {
        void refuse(OpenAiError error) throws IOException {
            exchange.respond(headed(error.response()));
        }

        void answer(JsonNode json) throws IOException {
            exchange.respond(headed(HttpResponse.text(200, JSON, SimulatorJson.write(json))));
        }

        /** With the headers of every answer; rate-limit headers of the response itself are kept. */
        HttpResponse headed(HttpResponse response) {
            HttpResponse headed = HttpResponse.of(response.status(), JSON, response.body())
                    .withHeader("x-request-id", requestId)
                    .withHeader("openai-processing-ms", "42")
                    .withHeader("openai-version", "2020-10-01");
            for (String counted : List.of("requests", "tokens")) {
                headed = headed.withHeader("x-ratelimit-limit-" + counted, "500")
                        .withHeader("x-ratelimit-remaining-" + counted, "499")
                        .withHeader("x-ratelimit-reset-" + counted, "120ms");
            }
            for (var header : response.headers().entrySet()) {
                headed = headed.withHeader(header.getKey(), header.getValue());
            }
            return headed;
        }
    }

    @Override
    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        String key = request.header("authorization").orElse("").replaceFirst("(?i)^bearer\\s+", "");
        var wire = new Wire(request, exchange, key, "req_%016x".formatted(requests.incrementAndGet()));
        if (!key.startsWith(KEY)) {
            wire.refuse(OpenAiError.wrongKey(key));
            return;
        }
        switch (request.method() + " " + request.path()) {
            case "POST /v1/images/generations" -> draw(false, wire);
            case "POST /v1/images/edits" -> draw(true, wire);
            case "GET " + MODELS -> {
                ObjectNode list = SimulatorJson.newObject().put("object", "list");
                ArrayNode data = list.putArray("data");
                OpenAiModel.alive(today()).forEach(model -> data.add(model.describe()));
                wire.answer(list);
            }
            default -> describe(wire);
        }
    }

    private void describe(Wire wire) throws IOException {
        String path = wire.request().path();
        if (!wire.request().method().equals("GET") || !path.startsWith(MODELS + "/")) {
            wire.refuse(OpenAiError.noRoute(wire.request().method(), path));
            return;
        }
        String id = path.substring(MODELS.length() + 1);
        Optional<OpenAiModel> model = OpenAiModel.known(id).filter(known -> known.isAlive(today()));
        if (model.isEmpty()) {
            wire.refuse(OpenAiError.noModel(id));
        } else {
            wire.answer(model.get().describe());
        }
    }

    private LocalDate today() {
        return clock.instant().atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private void draw(boolean edit, Wire wire) throws IOException, InterruptedException {
        switch (reader.read(wire.request(), edit, today())) {
            case ImagesCallReader.ImagesReading.Refused(OpenAiError error) -> wire.refuse(error);
            case ImagesCallReader.ImagesReading.Accepted(ImagesCall call) -> {
                int inputs = call.usage(0).total();
                switch (admission.admit(wire.key(), call.facts(), call.count(), inputs)) {
                    case Admission.Refused(Denied denied) ->
                        wire.refuse(OpenAiError.rateLimit(call.model().id(), denied));
                    case Admission.Admitted(var permit, List<Behaviour> behaviours) -> {
                        try (permit) {
                            admitted(call, behaviours, wire);
                        }
                    }
                }
            }
        }
    }

    private void admitted(ImagesCall call, List<Behaviour> behaviours, Wire wire)
            throws IOException, InterruptedException {
        ImagesPlan plan;
        try {
            plan = ImagesPlan.of(call.model().id(), call.count(), behaviours);
        } catch (IllegalArgumentException e) {
            wire.refuse(OpenAiError.invalid("invalid_value", "prompt", "[[sim:...]]: " + e.getMessage()));
            return;
        }
        if (plan.error().isPresent()) {
            wire.refuse(plan.error().get());
            return;
        }
        if (plan.outcome() == Outcome.MODERATION) {
            wire.refuse(OpenAiError.moderated(wire.requestId()));
            return;
        }
        List<byte[]> files;
        Optional<byte[]> mask;
        try {
            files = references.fetch(call.references());
            mask = references.fetch(call.mask().stream().toList()).stream().findFirst();
        } catch (IOException | IllegalArgumentException _) {
            wire.refuse(OpenAiError.unreachable(call.references()));
            return;
        }
        Optional<OpenAiError> problem = EditFiles.problem(files, mask);
        if (problem.isPresent()) {
            wire.refuse(problem.get());
            return;
        }
        ImagesUsage usage = call.usage(plan.pictures());
        boolean free = plan.outcome() == Outcome.MODERATION_AFTER;
        admission.answer(
                new Charge(
                        call.facts(),
                        plan.outcome().name(),
                        plan.pictures(),
                        free ? 0 : usage.total(),
                        free ? 0 : usage.usdMicros(call.model())),
                admission.time(call.facts(), call.model().latency(call.quality()), null, plan.faults()),
                plan.faults(),
                wire.exchange(),
                () -> wire.headed(
                        free
                                ? OpenAiError.moderated(wire.requestId()).response()
                                : drawn(call, SimulatedPictures.photos(files), plan)));
    }

    private HttpResponse drawn(ImagesCall call, List<Photo> photos, ImagesPlan plan) throws InterruptedException {
        Canvas canvas = call.canvas();
        ObjectNode answer = SimulatorJson.newObject()
                .put("created", clock.instant().getEpochSecond())
                .put("background", canvas.transparent() ? "transparent" : "opaque")
                .put("output_format", canvas.format())
                .put("quality", call.quality())
                .put("size", "%dx%d".formatted(canvas.width(), canvas.height()));
        var drawn = new ArrayList<Picture>();
        if (plan.outcome() != Outcome.NO_DATA) {
            ArrayNode data = answer.putArray("data");
            for (int number = 0; number < plan.pictures(); number++) {
                drawn.add(
                        pictures.draw(order(call, photos, number), plan.faults().image()));
                ObjectNode item = data.addObject().put("b64_json", JsonWithPictures.place(number));
                if (plan.faults().wire().contains(WireFault.NULLS)) {
                    item.putNull("url").putNull("revised_prompt");
                }
            }
        }
        Set<WireFault> faults = plan.faults().wire();
        if (!faults.contains(WireFault.NO_USAGE)) {
            answer.set("usage", call.usage(plan.pictures()).toJson());
        }
        if (faults.contains(WireFault.WRONG_TYPES)) {
            answer.put("created", "soon").put("usage", "").putObject("size");
        }
        if (faults.contains(WireFault.NULLS)) {
            answer.putNull("svg_usage").putNull("safety_identifier").putNull("error");
        }
        if (faults.contains(WireFault.UNKNOWN_FIELDS)) {
            answer.put("field_of_the_future", "soon").putObject("another_one").put("depth", 2);
        }
        return HttpResponse.of(200, JSON, JsonWithPictures.of(SimulatorJson.write(answer), drawn));
    }

    private PictureRequest order(ImagesCall call, List<Photo> photos, int number) {
        Canvas canvas = call.canvas();
        return new PictureRequest(
                call.prompt(),
                call.model().id(),
                "%d:%d".formatted(canvas.width(), canvas.height()),
                call.quality(),
                canvas.width(),
                canvas.height(),
                seed + number,
                canvas.mime(),
                photos,
                canvas.style(),
                0);
    }
}
