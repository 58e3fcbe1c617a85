package dev.renderfleet.sandbox.simulators.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.http.MultipartForm;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CallAdmission.Admission;
import dev.renderfleet.sandbox.simulators.CallAdmission.Charge;
import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import dev.renderfleet.sandbox.simulators.ResponseDelivery;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatedProvider;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.comfy.ComfyCallReader.Reading;
import dev.renderfleet.sandbox.simulators.comfy.ComfyQueue.Saved;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A ComfyUI server. The ledger has each workflow that the GPU began, also a second one with the same id, at no cost:
 * tests count them. Takes requests with any key or none, as ComfyUI does. Routes exist bare and below {@code /api}.
 */
public final class ComfySimulator extends SimulatedProvider {
    public static final String NAME = "comfy";

    private static final String KEY = "sandbox-key";
    private static final String ANYONE = "anyone";
    private static final Distribution TIME = new Distribution(8, 20);

    private final ComfyQueue queue;
    private final ComfyUploads uploads = new ComfyUploads();
    private final AtomicInteger numbers = new AtomicInteger();

    public ComfySimulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        super(NAME, KEY, state, renderer, clock);
        queue = new ComfyQueue(clock);
    }

    @Override
    public SimulatorState state() {
        queue.advance();
        return state;
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = ComfyPlan.of(List.of(behaviour));
    }

    @Override
    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        queue.advance();
        String path = request.path().replaceFirst("^/api(?=/)", "");
        String route = request.method() + " " + path.replaceFirst("(?<=^/(history|jobs))/[^/]+", "/id");
        switch (route) {
            case "POST /prompt" -> submit(request, exchange);
            case "GET /view" -> view(request, exchange);
            default -> exchange.respond(answer(route, path, request));
        }
    }

    private HttpResponse answer(String route, String path, HttpRequest request) {
        String id = path.replaceFirst("^/(history|jobs)/", "").replaceFirst("/.*", "");
        return switch (route) {
            case "GET /prompt" -> remaining();
            case "GET /queue" -> queue.queue();
            case "GET /history/id" -> queue.history(id);
            case "POST /jobs/id/cancel" -> {
                boolean canceled = queue.delete(id) || queue.interrupt(id);
                yield ComfyError.json(200, SimulatorJson.newObject().put("cancelled", canceled));
            }
            case "POST /queue" -> {
                body(request).path("delete").forEach(one -> queue.delete(one.asText()));
                yield ComfyError.status(200);
            }
            case "POST /interrupt" -> {
                queue.interrupt(body(request).path("prompt_id").asText());
                yield ComfyError.status(200);
            }
            case "POST /upload/image" ->
                MultipartForm.of(request).flatMap(uploads::add).orElseGet(() -> ComfyError.status(400));
            default -> HttpResponse.text(404, "text/plain; charset=utf-8", "404: Not Found");
        };
    }

    private static JsonNode body(HttpRequest request) {
        return SimulatorJson.object(request.body()).orElseGet(SimulatorJson::newObject);
    }

    private HttpResponse remaining() {
        ObjectNode body = SimulatorJson.newObject();
        body.putObject("exec_info").put("queue_remaining", queue.remaining());
        return ComfyError.json(200, body);
    }

    private void submit(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        switch (ComfyCallReader.read(request.body(), uploads::has)) {
            case Reading.Refused(HttpResponse error) -> exchange.respond(error);
            case Reading.Accepted(ComfyCall call) -> {
                switch (admission.admit(ANYONE, call.facts(), call.count(), 0)) {
                    case Admission.Refused _ ->
                        exchange.respond(HttpResponse.text(429, "text/plain", "429: Too Many Requests"));
                    case Admission.Admitted(var permit, List<Behaviour> behaviours) -> {
                        ComfyPlan plan = ComfyPlan.of(behaviours);
                        if (plan.refusal().isPresent()) {
                            permit.close();
                            exchange.respond(plan.refusal().get());
                        } else {
                            accept(call, plan, permit::close, exchange);
                        }
                    }
                }
            }
        }
    }

    private void accept(ComfyCall call, ComfyPlan plan, Runnable release, HttpExchange exchange)
            throws IOException, InterruptedException {
        Duration time = admission.time(call.facts(), TIME, null, plan.task().answer());
        int number = numbers.getAndIncrement();
        queue.put(new QueuedWorkflow(
                number,
                call,
                plan.task(),
                time,
                clock.instant(),
                uploads.read(call.images()),
                () -> admission.bill(new Charge(call.facts(), "run", call.count(), 0, 0)),
                release));
        ObjectNode answer =
                SimulatorJson.newObject().put("prompt_id", call.id()).put("number", number);
        answer.putObject("node_errors");
        ResponseDelivery.deliver(
                ComfyError.json(200, answer), plan.task().answer().wire(), exchange);
    }

    private void view(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        String name = request.query("filename").orElse("");
        if (name.isEmpty() || name.startsWith("/") || name.contains("..")) {
            exchange.respond(ComfyError.status(400));
            return;
        }
        Optional<Saved> saved = queue.saved(request.query("subfolder").orElse(""), name)
                .filter(file -> !file.run().plan().is("EXPIRED"));
        if (saved.isEmpty()) {
            exchange.respond(ComfyError.status(404));
            return;
        }
        QueuedWorkflow run = saved.get().run();
        ComfyCall call = run.call();
        var order = new PictureRequest(
                call.prompt(),
                call.model(),
                "1:1",
                "1K",
                call.width(),
                call.height(),
                call.seed() + saved.get().picture() - 1,
                "image/png",
                SimulatedPictures.photos(run.files()),
                Style.SCENE,
                0);
        pictures.deliver(order, run.plan(), exchange);
    }
}
