package dev.renderfleet.worker.providers.dashscope;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.TaskProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Wan, whose calls are tasks. */
class DashScopeTaskContractTest extends TaskProviderContractTest {

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new DashScopeSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new DashScopeImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, clock(), this::pause);
    }

    @Override
    protected String model() {
        return "wan2.7-image";
    }

    @Override
    protected String keyHeader() {
        return "authorization";
    }

    /** The answer to a submission is shorter than what the simulator drips at once, and its first half names the task. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return switch (fault) {
            case DRIP, RESET_MID_BODY, CLOSE_MID_BODY -> null;
            default -> super.meaning(fault);
        };
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:TEXT_ONLY]]", FailureKind.NO_IMAGE, "NO_IMAGE"),
                Row.billed("[[sim:DATA_INSPECTION_FAILED at=end]]", FailureKind.INPUT_REFUSED, "DataInspectionFailed"),
                Row.billed(
                        "[[sim:OUTPUT_INSPECTION_FAILED at=end]]", FailureKind.OUTPUT_REFUSED, "DataInspectionFailed"),
                Row.billed("[[sim:INTERNAL_ERROR at=end]]", FailureKind.PROVIDER_FAULT, "InternalError"),
                Row.billed("[[sim:CANCELED]]", FailureKind.PROVIDER_FAULT, "CANCELED"),
                Row.billed("[[sim:UNKNOWN]]", FailureKind.UNKNOWN_OUTCOME, "UNKNOWN"),
                Row.free("[[sim:DATA_INSPECTION_FAILED]]", FailureKind.INPUT_REFUSED, "DataInspectionFailed"),
                Row.free("[[sim:ARREARAGE http=200]]", FailureKind.BILLING_REFUSED, "Arrearage"),
                Row.free("[[sim:THROTTLING]]", FailureKind.RATE_LIMITED, "Throttling"),
                Row.free("[[sim:GATEWAY_TIMEOUT]]", FailureKind.UNKNOWN_OUTCOME, "GatewayTimeout"));
    }
}
