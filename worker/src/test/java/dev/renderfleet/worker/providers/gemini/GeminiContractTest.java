package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ImageProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(names = {"DEVELOPER_API", "VERTEX_PROJECT"})
class GeminiContractTest extends ImageProviderContractTest {

    @Parameter
    Platform platform = Platform.DEVELOPER_API;

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new GeminiSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new GeminiImageModel(spool, baseUrl, platform.account(key), WireLimits.DEFAULT, InstantSource.system());
    }

    @Override
    protected String model() {
        return "gemini-nano-banana-2.1";
    }

    /** All images have arrived before the end. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return fault == WireFault.CLOSE_NEAR_END ? null : super.meaning(fault);
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:BLOCK_SAFETY]]", FailureKind.INPUT_REFUSED, "SAFETY"),
                Row.billed("[[sim:SAFETY]]", FailureKind.OUTPUT_REFUSED, "SAFETY"),
                Row.billed("[[sim:PROHIBITED_CONTENT]]", FailureKind.OUTPUT_REFUSED, "PROHIBITED_CONTENT"),
                Row.billed("[[sim:MODEL_ARMOR]]", FailureKind.OUTPUT_REFUSED, "MODEL_ARMOR"),
                Row.billed("[[sim:ESCALATION]]", FailureKind.OUTPUT_REFUSED, "ESCALATION"),
                Row.billed("[[sim:IMAGE_SAFETY]]", FailureKind.OUTPUT_REFUSED_REROLLABLE, "IMAGE_SAFETY"),
                Row.billed("[[sim:IMAGE_RECITATION]]", FailureKind.OUTPUT_REFUSED_REROLLABLE, "IMAGE_RECITATION"),
                Row.billed("[[sim:NO_IMAGE]]", FailureKind.NO_IMAGE, "NO_IMAGE"),
                Row.billed("[[sim:IMAGE_OTHER]]", FailureKind.NO_IMAGE, "IMAGE_OTHER"),
                Row.billed("[[sim:TEXT_ONLY]]", FailureKind.NO_IMAGE, "STOP"),
                Row.billed("[[sim:MALFORMED_RESPONSE]]", FailureKind.STOPPED, "MALFORMED_RESPONSE"),
                Row.billed("[[sim:MAX_TOKENS]]", FailureKind.REQUEST_INVALID, "MAX_TOKENS"),
                Row.billed(
                        "[[sim:MISSING_THOUGHT_SIGNATURE]]", FailureKind.REQUEST_INVALID, "MISSING_THOUGHT_SIGNATURE"),
                Row.billed("[[sim:CONTINUATION]]", FailureKind.STOPPED, "CONTINUATION"),
                Row.billed("[[sim:PUP_LIMITED_DISABLED]]", FailureKind.ACCOUNT_LIMITED, "PUP_LIMITED_DISABLED"),
                Row.free("[[sim:400]]", FailureKind.REQUEST_INVALID, "INVALID_ARGUMENT"),
                Row.free("[[sim:403]]", FailureKind.AUTH_REFUSED, "PERMISSION_DENIED"),
                Row.free("[[sim:404]]", FailureKind.MODEL_GONE, "NOT_FOUND"),
                Row.free("[[sim:429]]", FailureKind.RATE_LIMITED, "RESOURCE_EXHAUSTED"),
                Row.free("[[sim:429_DAY]]", FailureKind.DAY_QUOTA_SPENT, "RESOURCE_EXHAUSTED"),
                Row.free("[[sim:500]]", FailureKind.PROVIDER_FAULT, "INTERNAL"),
                Row.free("[[sim:503]]", FailureKind.OVERLOADED, "UNAVAILABLE"),
                Row.free("[[sim:504]]", FailureKind.UNKNOWN_OUTCOME, "DEADLINE_EXCEEDED"));
    }
}
