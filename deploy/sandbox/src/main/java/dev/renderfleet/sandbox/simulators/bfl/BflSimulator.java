package dev.renderfleet.sandbox.simulators.bfl;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CallAdmission.Admission;
import dev.renderfleet.sandbox.simulators.CallAdmission.Charge;
import dev.renderfleet.sandbox.simulators.QuotaLimits;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Permit;
import dev.renderfleet.sandbox.simulators.ResponseDelivery;
import dev.renderfleet.sandbox.simulators.SimulatedProvider;
import dev.renderfleet.sandbox.simulators.SimulatedTask;
import dev.renderfleet.sandbox.simulators.SimulatedTasks;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import dev.renderfleet.sandbox.simulators.bfl.BflCallReader.Reading;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Black Forest Labs' API. A submission is checked and billed once, when its task is accepted; the task then runs
 * whether it is polled or not. Polling URLs are below {@code /eu}, results below {@code /delivery} and without the key.
 */
public final class BflSimulator extends SimulatedProvider {
    public static final String NAME = "bfl";

    /** Tasks of an API key, submitted and not ended. */
    static final int ACTIVE_MAX = 24;

    private static final String KEY = "sandbox-key";
    private static final double CREDITS_AT_START = 1_000_000;

    private final QuotaLimits active;
    private final SimulatedTasks<BflTasks.Work> tasks;
    private final BflTasks answers;

    /** @param seed of pictures, where a call names none */
    public BflSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        super(NAME, KEY, state, renderer, clock);
        active = QuotaLimits.concurrency(ACTIVE_MAX, clock);
        tasks = new SimulatedTasks<>(pictures, clock);
        answers = new BflTasks(tasks, seed, clock);
    }

    @Override
    public SimulatorState state() {
        tasks.closeEnded();
        return state;
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = BflPlan.of(List.of(behaviour));
    }

    @Override
    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        if (request.path().startsWith(BflTasks.DELIVERY)) {
            answers.download(request, exchange);
            return;
        }
        Optional<String> key = request.header("x-key");
        if (key.isEmpty()) {
            exchange.respond(BflErrors.detail(403, "Not authenticated"));
        } else if (!key.get().startsWith(KEY)) {
            exchange.respond(BflErrors.coded(401, "invalid_api_key", "The API key is not valid"));
        } else if (request.method().equals("POST") && request.path().startsWith("/v1/")) {
            submit(key.get(), request, exchange);
        } else {
            exchange.respond(
                    switch (request.method() + " " + request.path()) {
                        case "GET /v1/get_result", "GET /eu/v1/get_result" ->
                            answers.result(key.get(), request.query("id").orElse(""), address(request));
                        case "GET /v1/credits" -> credits();
                        default -> BflErrors.detail(404, "Not Found");
                    });
        }
    }

    private HttpResponse credits() {
        double spent = state.ledger().statement(0).usdMicros() / 10_000.0;
        return BflErrors.json(200, SimulatorJson.newObject().put("credits", CREDITS_AT_START - spent));
    }

    private void submit(String key, HttpRequest request, HttpExchange exchange)
            throws IOException, InterruptedException {
        Optional<BflModel> model = BflModel.find(request.path().substring("/v1/".length()));
        if (model.isEmpty()) {
            exchange.respond(BflErrors.detail(404, "Not Found"));
            return;
        }
        switch (BflCallReader.read(model.get(), request.body())) {
            case Reading.Refused(HttpResponse error) -> exchange.respond(error);
            case Reading.Accepted(BflCall call) -> {
                tasks.closeEnded();
                switch (active.take(key, NAME, 1, 0)) {
                    case Decision.Denied denied -> exchange.respond(BflErrors.tooManyTasks(denied.limit(), "5"));
                    case Decision.Granted(var place) -> {
                        switch (admission.admit(key, call.facts(), 1, 0)) {
                            case Admission.Refused(Decision.Denied denied) -> {
                                place.close();
                                String seconds =
                                        "%.3f".formatted(denied.retryAfter().toNanos() / 1e9);
                                exchange.respond(BflErrors.tooManyTasks(denied.limit(), seconds));
                            }
                            case Admission.Admitted(var permit, List<Behaviour> behaviours) ->
                                admitted(new Submission(key, request, exchange), call, behaviours, permit.and(place));
                        }
                    }
                }
            }
        }
    }

    private record Submission(String key, HttpRequest request, HttpExchange exchange) {}

    private void admitted(Submission submission, BflCall call, List<Behaviour> behaviours, Permit permit)
            throws IOException, InterruptedException {
        boolean accepted = false;
        try {
            BflPlan plan = BflPlan.of(behaviours);
            if (plan.refusal().isPresent()) {
                submission.exchange().respond(plan.refusal().get());
                return;
            }
            List<byte[]> files = fetch(call.references(), "The input image could not be fetched");
            var faults = plan.task().answer();
            var time = admission.time(call.facts(), call.model().time(), null, faults);
            var bill = admission.bill(new Charge(call.facts(), plan.lastStatus(), 1, 0, call.usdMicros()));
            String id = UUID.randomUUID().toString();
            var task =
                    new SimulatedTask<>(id, submission.key(), new BflTasks.Work(call, plan), plan.task(), files, time);
            tasks.start(task, () -> {
                permit.close();
                bill.ended("delivered");
            });
            accepted = true;
            HttpResponse answer = accepted(id, call, plan.task(), address(submission.request()));
            ResponseDelivery.deliver(answer, faults.wire(), submission.exchange());
        } catch (IllegalArgumentException e) {
            submission.exchange().respond(BflErrors.coded(400, "invalid_request", String.valueOf(e.getMessage())));
        } finally {
            if (!accepted) {
                permit.close();
            }
        }
    }

    private static HttpResponse accepted(String id, BflCall call, TaskPlan plan, String address) {
        String polling = address + "/eu/v1/get_result" + (plan.is("NO_ID") ? "" : "?id=" + id);
        ObjectNode body = SimulatorJson.newObject()
                .put("id", id)
                .put("polling_url", plan.option("POLLING_URL", "url", polling))
                .put("input_mp", call.inputMegapixels())
                .put("output_mp", call.outputMegapixels());
        return BflErrors.json(200, plan.is("NO_COST") ? body : body.put("cost", call.credits()));
    }
}
