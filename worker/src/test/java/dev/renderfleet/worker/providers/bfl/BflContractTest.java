package dev.renderfleet.worker.providers.bfl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.bfl.BflSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BflContractTest extends TaskProviderContractTest {

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new BflSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new BflImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, clock(), this::pause);
    }

    @Override
    protected String model() {
        return "flux-2-pro";
    }

    @Override
    protected String keyHeader() {
        return "x-key";
    }

    /** The answer to a submission is shorter than what the simulator drips at once, and its first half names the task. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return switch (fault) {
            case DRIP, RESET_MID_BODY, CLOSE_MID_BODY, CLOSE_NEAR_END -> null;
            default -> super.meaning(fault);
        };
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:REQUEST_MODERATED]]", FailureKind.INPUT_REFUSED, "REQUEST_MODERATED"),
                Row.billed("[[sim:CONTENT_MODERATED]]", FailureKind.OUTPUT_REFUSED_REROLLABLE, "CONTENT_MODERATED"),
                Row.billed(
                        "[[sim:CONTENT_MODERATED]] [[sim:FINAL_503]] [[sim:POLL_FAILS]] [[sim:STATE]]",
                        FailureKind.OUTPUT_REFUSED_REROLLABLE,
                        "CONTENT_MODERATED"),
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
                Row.free("[[sim:502]]", FailureKind.UNKNOWN_OUTCOME, null),
                Row.free("[[sim:503]]", FailureKind.OVERLOADED, null),
                Row.free("[[sim:ERRORS_IN_200]]", FailureKind.REQUEST_INVALID, "ERRORS"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[sim:EXPIRED links=1]]",
                "[[sim:NO_ID]]",
                "[[sim:POLL_FAILS count=4]]",
                "[[sim:FINAL_503]]",
                "[[sim:POLLING_URL url=http://10.0.0.1/v1/get_result]]",
                "[[sim:GZIP at=result]]",
                "[[sim:CHUNKED at=result]]"
            })
    void drawsAllTheSame(String directives) {
        assertMeaning(draw("a lamp " + directives), null);
        assertCalls(1, 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[[sim:POLL_FAILS count=99]]", "[[sim:RESET at=result]]", "[[sim:CLOSE_MID_BODY at=result]]"})
    void aTaskThatCannotBeAskedStaysInTheLedger(String directives) {
        assertThat(draw("a lamp " + directives)).isInstanceOf(StillRunning.class);
        assertCalls(1, 1);
    }

    @Test
    void theTwentyFifthActiveTaskIsRefusedForFree() {
        for (int task = 0; task < 24; task++) {
            assertThat(provider()
                            .draw(
                                    request("[[sim:STUCK]] " + task, LONG, List.of()),
                                    _ -> Thread.currentThread().interrupt()))
                    .isInstanceOf(StillRunning.class);
            assertThat(Thread.interrupted()).isTrue();
        }

        assertMeaning(draw("a lamp"), FailureKind.RATE_LIMITED);
        assertCalls(24, 25);
    }
}
