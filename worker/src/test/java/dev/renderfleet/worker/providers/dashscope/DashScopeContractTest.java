package dev.renderfleet.worker.providers.dashscope;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ImageProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Qwen-Image, whose calls wait for the pictures. */
class DashScopeContractTest extends ImageProviderContractTest {

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new DashScopeSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new DashScopeImageProvider(
                spool,
                baseUrl,
                key,
                WireLimits.DEFAULT,
                InstantSource.system(),
                _ -> !Thread.currentThread().isInterrupted());
    }

    @Override
    protected String model() {
        return "qwen-image-3.0";
    }

    /** The answer is shorter than what the simulator drips at once: it has addresses in place of pictures. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return fault == WireFault.DRIP ? null : super.meaning(fault);
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:TEXT_ONLY]]", FailureKind.NO_IMAGE, "NO_IMAGE"),
                Row.billed("[[sim:NO_CHOICES]]", FailureKind.NO_IMAGE, "NO_IMAGE"),
                Row.billed("[[sim:EXPIRED]]", FailureKind.RESULT_EXPIRED, "RESULT_EXPIRED"),
                Row.billed(
                        "[[sim:RESULT_URL url=http://10.0.0.1/x.png]]",
                        FailureKind.RESULT_INVALID,
                        "RESULT_ADDRESS_FORBIDDEN"),
                Row.billed("[[sim:RESULT_REDIRECT]]", FailureKind.RESULT_INVALID, "RESULT_HTTP_302"),
                Row.billed("[[sim:RESET at=result]]", FailureKind.UNKNOWN_OUTCOME, "CONNECTION_LOST"),
                Row.billed(
                        "[[sim:OUTPUT_INSPECTION_FAILED at=end]]", FailureKind.OUTPUT_REFUSED, "DataInspectionFailed"),
                Row.free("[[sim:DATA_INSPECTION_FAILED]]", FailureKind.INPUT_REFUSED, "DataInspectionFailed"),
                Row.free("[[sim:INVALID_PARAMETER]]", FailureKind.REQUEST_INVALID, "InvalidParameter"),
                Row.free("[[sim:INVALID_URL]]", FailureKind.REQUEST_INVALID, "InvalidURL"),
                Row.free("[[sim:TOO_LARGE]]", FailureKind.REQUEST_INVALID, "RequestTooLarge"),
                Row.free("[[sim:ARREARAGE]]", FailureKind.BILLING_REFUSED, "Arrearage"),
                Row.free("[[sim:ARREARAGE http=200]]", FailureKind.BILLING_REFUSED, "Arrearage"),
                Row.free("[[sim:INVALID_API_KEY]]", FailureKind.AUTH_REFUSED, "InvalidApiKey"),
                Row.free("[[sim:ACCESS_DENIED]]", FailureKind.AUTH_REFUSED, "AccessDenied"),
                Row.free("[[sim:UNPURCHASED]]", FailureKind.AUTH_REFUSED, "AccessDenied.Unpurchased"),
                Row.free("[[sim:MODEL_NOT_FOUND]]", FailureKind.MODEL_GONE, "ModelNotFound"),
                Row.free("[[sim:MODEL_NOT_EXIST]]", FailureKind.MODEL_GONE, "Model.NotExist"),
                Row.free("[[sim:THROTTLING]]", FailureKind.RATE_LIMITED, "Throttling"),
                Row.free("[[sim:RATE_QUOTA http=200]]", FailureKind.RATE_LIMITED, "Throttling.RateQuota"),
                Row.free("[[sim:ALLOCATION_QUOTA]]", FailureKind.RATE_LIMITED, "Throttling.AllocationQuota"),
                Row.free("[[sim:INTERNAL_ERROR]]", FailureKind.PROVIDER_FAULT, "InternalError"),
                Row.free("[[sim:SERVICE_UNAVAILABLE]]", FailureKind.UNKNOWN_OUTCOME, "ServiceUnavailable"),
                Row.free("[[sim:MODEL_UNAVAILABLE]]", FailureKind.OVERLOADED, "ModelUnavailable"),
                Row.free("[[sim:GATEWAY_TIMEOUT]]", FailureKind.UNKNOWN_OUTCOME, "GatewayTimeout"));
    }
}
