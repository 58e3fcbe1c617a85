package dev.renderfleet.worker.providers.bfl;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.bfl.BflSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.TaskProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

class BflContractTest extends TaskProviderContractTest {

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new BflSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new BflImageProvider(
                spool, baseUrl, key, WireLimits.DEFAULT, InstantSource.system(), BflContractTest::shortPause);
    }

    @Override
    protected String model() {
        return "flux-2-pro";
    }

    @Override
    protected String keyHeader() {
        return "x-key";
    }

    /** The answer to a submission is shorter than what the simulator drips at once. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return fault == WireFault.DRIP ? null : super.meaning(fault);
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:REQUEST_MODERATED]]", FailureKind.INPUT_REFUSED, "REQUEST_MODERATED"),
                Row.billed("[[sim:CONTENT_MODERATED]]", FailureKind.OUTPUT_REFUSED_REROLLABLE, "CONTENT_MODERATED"),
                Row.billed("[[sim:ERROR]]", FailureKind.PROVIDER_FAULT, "ERROR"),
                Row.billed("[[sim:FAILED]]", FailureKind.PROVIDER_FAULT, "FAILED"),
                Row.billed("[[sim:TASK_NOT_FOUND]]", FailureKind.UNKNOWN_OUTCOME, "TASK_NOT_FOUND"),
                Row.billed("[[sim:NO_SAMPLE]]", FailureKind.RESULT_INVALID, "NO_RESULT"),
                Row.free("[[sim:400]]", FailureKind.REQUEST_INVALID, null),
                Row.free("[[sim:401]]", FailureKind.AUTH_REFUSED, "invalid_api_key"),
                Row.free("[[sim:402]]", FailureKind.BILLING_REFUSED, "insufficient_credits"),
                Row.free("[[sim:403]]", FailureKind.AUTH_REFUSED, null),
                Row.free("[[sim:404]]", FailureKind.MODEL_GONE, null),
                Row.free("[[sim:422]]", FailureKind.REQUEST_INVALID, null),
                Row.free("[[sim:429]]", FailureKind.RATE_LIMITED, "rate_limit_exceeded"),
                Row.free("[[sim:500]]", FailureKind.PROVIDER_FAULT, null),
                Row.free("[[sim:503]]", FailureKind.OVERLOADED, null),
                Row.free("[[sim:ERRORS_IN_200]]", FailureKind.REQUEST_INVALID, "ERRORS"));
    }
}
