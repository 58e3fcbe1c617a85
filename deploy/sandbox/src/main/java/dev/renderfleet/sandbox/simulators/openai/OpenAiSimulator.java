package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CallAdmission.Admission;
import dev.renderfleet.sandbox.simulators.CallAdmission.Charge;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatedProvider;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.ImagesUsage;
import dev.renderfleet.sandbox.simulators.openai.ImagesPlan.Outcome;
import java.io.IOException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * OpenAI's Images API: generations, edits (multipart and JSON) and the list of models; or that of a server of one's own, which has no
 * list of models and bills calls without money. A model of OpenAI's is gone on its shutdown day by the clock. Not simulated: streaming,
 * GIF, SVG, uploaded files, batches.
 */
public final class OpenAiSimulator extends SimulatedProvider {
    public static final String NAME = "openai";

    private static final String KEY = "sk-sandbox-key";
    private static final String JSON = "application/json";
    private static final String MODELS = "/v1/models";

    private final ImagesProfile profile;
    private final ImagesCallReader reader;
    private final ImagesAnswers answers;
    private final AtomicLong requests = new AtomicLong();

    /** @param seed of pictures: the API takes none */
    public OpenAiSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        this(ImagesProfile.OPENAI, state, renderer, seed, clock);
    }

    /** A server of that profile. */
    public OpenAiSimulator(
            ImagesProfile profile, SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        super(profile.simulator(), KEY, state, renderer, clock);
        this.profile = profile;
        this.reader = new ImagesCallReader(profile);
        this.answers = new ImagesAnswers(profile, pictures, seed, clock);
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = ImagesPlan.of("", 1, List.of(behaviour));
    }

    /** One request: its connection, the caller's key, and the id that its answer carries. */
    private record Wire(
            HttpRequest request, HttpExchange exchange, ImagesProfile profile, String key, String requestId) {
        void refuse(OpenAiError error) throws IOException {
            exchange.respond(headed(profile.response(error)));
        }

        void answer(JsonNode json) throws IOException {
            exchange.respond(headed(HttpResponse.text(200, JSON, SimulatorJson.write(json))));
        }

        /** With the headers of every answer; rate-limit headers of the response itself are kept. */
        HttpResponse headed(HttpResponse response) {
            if (profile.isOwnServer()) {
                return response;
            }
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
        var wire = new Wire(request, exchange, profile, key, "req_%016x".formatted(requests.incrementAndGet()));
        if (!key.startsWith(KEY) && !profile.isOwnServer()) {
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
        Optional<HttpResponse> kept = answers.kept(path);
        if (kept.isPresent()) {
            wire.exchange().respond(kept.get());
            return;
        }
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
                        wire.refuse(
                                profile.isOwnServer()
                                        ? OpenAiError.busy()
                                        : OpenAiError.rateLimit(call.model().id(), denied));
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
        if (!plan.readsUrls() && call.references().stream().anyMatch(Reference.Remote.class::isInstance)) {
            wire.refuse(OpenAiError.unreachable(call.references()));
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
        Optional<OpenAiError> problem = EditFiles.problem(files, profile.isOwnServer() ? Optional.empty() : mask);
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
                                : answers.drawn(call, SimulatedPictures.photos(files), plan)));
    }
}
