package dev.renderfleet.worker.providers.comfy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.comfy.ComfySimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskProviderContractTest;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComfyContractTest extends TaskProviderContractTest {

    private static final String TASK = "11111111-2222-3333-8444-555555555555";

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new ComfySimulator(state, renderer, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new ComfyImageProvider(
                spool,
                new ComfyServer(baseUrl, key, ComfyImageProviderTest.workflows(), Set.of()),
                WireLimits.DEFAULT,
                clock(),
                this::pause);
    }

    @Override
    protected String model() {
        return "text-to-image";
    }

    @Override
    protected String editModel() {
        return "two-images";
    }

    @Override
    protected String keyHeader() {
        return "authorization";
    }

    /** The task has a name before the server has it. */
    @Override
    protected int submissionsBeforeTheRecord() {
        return 0;
    }

    /** They are on the server itself. */
    @Override
    protected boolean resultsArePublic() {
        return false;
    }

    /** They have a name, and no address. */
    @Override
    protected String resultAt(String address, boolean redirect) {
        return super.resultAt(address, true);
    }

    @Override
    protected void assertInterrupted(ModelAnswer answer) {
        assertThat(answer).isInstanceOf(StillRunning.class);
    }

    /** Also without an answer to the submission the server knows the task, and is asked for it. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return null;
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.billed("[[sim:EXECUTION_ERROR]]", FailureKind.PROVIDER_FAULT, "EXECUTION_ERROR"),
                Row.billed("[[sim:OUT_OF_MEMORY]] [[sim:POLL_FAILS]]", FailureKind.PROVIDER_FAULT, "OUT_OF_MEMORY"),
                Row.billed("[[sim:INTERRUPTED]]", FailureKind.PROVIDER_FAULT, "INTERRUPTED"),
                Row.billed("[[sim:RESTART]]", FailureKind.PROVIDER_FAULT, "TASK_LOST"),
                Row.billed("[[sim:NO_OUTPUTS]]", FailureKind.NO_IMAGE, "NO_OUTPUTS"),
                Row.billed("[[sim:PREVIEW_ONLY]]", FailureKind.NO_IMAGE, "NO_OUTPUTS"),
                Row.free("[[sim:400]]", FailureKind.REQUEST_INVALID, "prompt_outputs_failed_validation"),
                Row.free("[[sim:401]]", FailureKind.AUTH_REFUSED, null),
                Row.free("[[sim:413]]", FailureKind.REQUEST_INVALID, null),
                Row.free("[[sim:429]]", FailureKind.RATE_LIMITED, null),
                Row.free("[[sim:500]]", FailureKind.PROVIDER_FAULT, null),
                Row.free("[[sim:502]]", FailureKind.NOT_SENT, null),
                Row.free("[[sim:503]]", FailureKind.OVERLOADED, null));
    }

    @Test
    void aTaskThatTheServerHasLostIsSubmittedAgainUnderItsIdByAResume() {
        drawn(provider().resume(TASK, request("a lamp", LONG, List.of()))).close();
        assertCalls(1, 1);

        // The next one finds it.
        drawn(provider().resume(TASK, request("a lamp", LONG, List.of()))).close();
        assertCalls(1, 1);
    }

    @Test
    void aTaskThatTookTooLongIsStopped() {
        assertMeaning(draw("a lamp [[sim:STUCK]]"), FailureKind.UNKNOWN_OUTCOME);

        // The same attempt, and so the same task.
        assertThat(draw("a lamp"))
                .isInstanceOfSatisfying(
                        NotDrawn.class, failed -> assertThat(failed.reason()).isEqualTo("INTERRUPTED"));
        assertCalls(1, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[[sim:POLL_FAILS count=4]]", "[[sim:GZIP at=result]]", "[[sim:CHUNKED at=result]]"})
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
}
