package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import dev.renderfleet.sandbox.simulators.Latency.Tail;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every provider does with a call that it has checked: {@link #admit} takes the quota and asks the rules, {@link #bill}
 * writes it into the ledger, {@link #answer} waits and delivers. A provider with tasks bills when it accepts the task, and
 * ends the bill and closes the permit when the task ends. A billed call stays billed if its client disconnects.
 */
public final class CallAdmission {
    private final SimulatorState state;
    private final InstantSource clock;

    public CallAdmission(SimulatorState state, InstantSource clock) {
        this.state = state;
        this.clock = clock;
    }

    /** Whether the quota lets a call in. */
    public sealed interface Admission {
        /** Which limit is used up, and after how long there is room; nothing was taken. */
        record Refused(Decision.Denied denied) implements Admission {}

        /**
         * The call may run.
         *
         * @param permit its place in the concurrency limit, to be closed when the call or task ends
         * @param behaviours of rules and prompt directives; those of the common faults are for {@link CommonFaults}
         */
        record Admitted(QuotaLimits.Permit permit, List<Behaviour> behaviours) implements Admission {}
    }

    /** Takes the quota of that key and model, then applies the rules: a refused call uses none of them up. */
    public Admission admit(String key, SimulatedCall call, int images, int promptTokens) {
        return switch (state.quotas().take(key, call.model(), images, promptTokens)) {
            case Decision.Denied denied -> new Admission.Refused(denied);
            case Decision.Granted granted ->
                new Admission.Admitted(granted.permit(), state.rules().apply(call));
        };
    }

    /** What a call costs; the outcome is in the ledger's words. */
    public record Charge(SimulatedCall call, String outcome, int images, long tokens, long usdMicros) {}

    public BillingLedger.Open bill(Charge charge) {
        return state.ledger()
                .bill(charge.call(), charge.outcome(), charge.images(), charge.tokens(), charge.usdMicros());
    }

    /** How long this call takes the model, the lateness that was asked for included. */
    public Duration time(SimulatedCall call, Distribution model, @Nullable Tail tail, CommonFaults faults) {
        return state.settings().latency().of(call.digest(), model, tail).plus(faults.late());
    }

    /** Makes the answer, once, after the wait; not asked for where the fault sends none. */
    @FunctionalInterface
    public interface Answer {
        HttpResponse make() throws IOException, InterruptedException;
    }

    /** Bills the call, waits until the time is over, and delivers the answer with the faults of the wire. */
    public void answer(Charge charge, Duration time, CommonFaults faults, HttpExchange exchange, Answer answer)
            throws IOException, InterruptedException {
        Instant start = clock.instant();
        Set<WireFault> wire = faults.wire();
        BillingLedger.Open bill = bill(charge);
        if (wire.contains(WireFault.HANG)) {
            bill.hung();
        } else if (!exchange.pause(time.minus(Duration.between(start, clock.instant())))) {
            bill.clientGone();
            return;
        }
        faults.idle().ifPresent(exchange::closeWhenIdle);
        try {
            boolean none = wire.contains(WireFault.HANG) || wire.contains(WireFault.RESET);
            HttpResponse response = none ? HttpResponse.text(200, "text/plain", "") : answer.make();
            bill.ended(ResponseDelivery.deliver(response, wire, exchange));
        } catch (IOException e) {
            bill.clientGone();
            throw e;
        }
    }
}
