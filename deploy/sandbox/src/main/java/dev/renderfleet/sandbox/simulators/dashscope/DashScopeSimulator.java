package dev.renderfleet.sandbox.simulators.dashscope;

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
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeCallReader.Reading;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Alibaba's Model Studio. A call waits for its pictures; with the header {@code X-DashScope-Async} it becomes a task, which is billed when
 * it is accepted. Pictures are below {@code /oss}, at signed addresses without the key.
 */
public final class DashScopeSimulator extends SimulatedProvider {
    public static final String NAME = "dashscope";

    /** Calls and tasks of an API key and model, not ended. */
    static final int ACTIVE_MAX = 5;

    private static final String KEY = "sandbox-key";
    private static final String BEARER = "Bearer ";
    private static final Pattern TASK = Pattern.compile("/api/v1/tasks/([^/]+)(/cancel)?");

    private final QuotaLimits active;
    private final SimulatedTasks<DashScopeTasks.Work> tasks;
    private final DashScopeTasks answers;
    private final long seed;

    /** @param seed of pictures, where a call names none */
    public DashScopeSimulator(SimulatorState state, PictureRenderer renderer, long seed, InstantSource clock) {
        super(NAME, KEY, state, renderer, clock);
        this.seed = seed;
        active = QuotaLimits.concurrency(ACTIVE_MAX, clock);
        tasks = new SimulatedTasks<>(pictures, clock);
        answers = new DashScopeTasks(tasks, clock);
    }

    @Override
    public SimulatorState state() {
        tasks.closeEnded();
        return state;
    }

    @Override
    public void check(Behaviour behaviour) {
        var _ = DashScopePlan.of(List.of(behaviour));
    }

    @Override
    public void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        if (request.path().startsWith(DashScopeTasks.PATH)) {
            answers.download(request, exchange);
            return;
        }
        String key = request.header("authorization").orElse("");
        Matcher task = TASK.matcher(request.path());
        if (!key.startsWith(BEARER + KEY)) {
            exchange.respond(DashScopeError.INVALID_API_KEY.response());
        } else if (task.matches()) {
            exchange.respond(
                    switch (request.method() + (task.group(2) == null ? "" : task.group(2))) {
                        case "GET" -> answers.poll(key, task.group(1), address(request));
                        case "POST/cancel" -> answers.cancel(key, task.group(1));
                        default -> DashScopeError.INVALID_URL.response();
                    });
        } else {
            call(new Received(key, request, exchange));
        }
    }

    private record Received(String key, HttpRequest request, HttpExchange exchange) {
        boolean async() {
            return request.header("x-dashscope-async").orElse("").equals("enable");
        }
    }

    private void call(Received received) throws IOException, InterruptedException {
        HttpExchange exchange = received.exchange();
        Optional<DashScopeService> found = DashScopeService.of(
                received.request().method(), received.request().path());
        if (found.isEmpty()) {
            exchange.respond(DashScopeError.INVALID_URL.response());
            return;
        }
        DashScopeService service = found.get();
        if (service.async() != received.async()) {
            String way = service.async() ? "synchronous" : "asynchronous";
            exchange.respond(
                    DashScopeError.ACCESS_DENIED.because("current user api does not support " + way + " calls"));
        } else {
            switch (DashScopeCallReader.read(service, received.request().body(), seed)) {
                case Reading.Refused(HttpResponse error) -> exchange.respond(error);
                case Reading.Accepted(DashScopeCall call) -> admit(received, call);
            }
        }
    }

    private void admit(Received received, DashScopeCall call) throws IOException, InterruptedException {
        tasks.closeEnded();
        if (!(active.take(received.key(), call.model().id(), 1, 0) instanceof Decision.Granted(var place))) {
            received.exchange().respond(DashScopeError.THROTTLING.response());
            return;
        }
        switch (admission.admit(received.key(), call.facts(), call.count(), 0)) {
            case Admission.Refused _ -> {
                place.close();
                received.exchange().respond(DashScopeError.RATE_QUOTA.response());
            }
            case Admission.Admitted(var permit, List<Behaviour> behaviours) ->
                admitted(received, call, behaviours, permit.and(place));
        }
    }

    private void admitted(Received received, DashScopeCall call, List<Behaviour> behaviours, Permit permit)
            throws IOException, InterruptedException {
        boolean goesOn = false;
        try {
            DashScopePlan plan = DashScopePlan.of(behaviours);
            if (plan.refusal().isPresent()) {
                received.exchange().respond(plan.refusal().get());
                return;
            }
            List<byte[]> files = fetch(call.references(), "Download the media resource timed out");
            var work = new DashScopeTasks.Work(call, plan);
            var faults = plan.task().answer();
            var time = admission.time(call.facts(), call.model().time(), null, faults);
            var charge = new Charge(call.facts(), plan.outcome(), work.images(), 0, call.usdMicros(work.images()));
            String id = UUID.randomUUID().toString();
            if (received.async()) {
                var bill = admission.bill(charge);
                tasks.start(new SimulatedTask<>(id, received.key(), work, plan.task(), files, time), () -> {
                    permit.close();
                    bill.ended("delivered");
                });
                goesOn = true;
                HttpResponse accepted = DashScopeError.answer(200, DashScopeTasks.accepted(id));
                ResponseDelivery.deliver(accepted, faults.wire(), received.exchange());
            } else {
                var task = new SimulatedTask<>(id, "", work, plan.task(), files, Duration.ZERO);
                tasks.start(task, () -> {});
                String address = address(received.request());
                admission.answer(charge, time, faults, received.exchange(), () -> answer(task, address));
            }
        } catch (IllegalArgumentException e) {
            received.exchange().respond(DashScopeError.INVALID_PARAMETER.because(String.valueOf(e.getMessage())));
        } finally {
            if (!goesOn) {
                permit.close();
            }
        }
    }

    private HttpResponse answer(SimulatedTask<DashScopeTasks.Work> task, String address) {
        var failure = task.work().plan().failure();
        if (failure.isPresent()) {
            return failure.get().response();
        }
        ObjectNode body = SimulatorJson.newObject();
        answers.write(task, address, body);
        return DashScopeError.answer(200, body);
    }
}
