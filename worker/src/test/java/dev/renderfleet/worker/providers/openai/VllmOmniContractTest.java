package dev.renderfleet.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ServerProfile;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers with the file itself. */
class VllmOmniContractTest extends OwnServerContractTest {

    VllmOmniContractTest() {
        super(ServerProfile.VLLM_OMNI);
    }

    @Test
    void aServerWithAnotherModelDrawsNothing() {
        var request = new DrawRequest(
                "Qwen/Qwen-Image", "a lamp", List.of(), Output.DEFAULT, null, null, null, null, LONG, "job/1");

        ModelAnswer answer = provider().draw(request, newLog());

        assertThat(answer).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.MODEL_GONE);
            assertThat(failed.detail()).contains("server is running 'Qwen/Qwen-Image-2512'");
        });
        assertCalls(0, 1);
    }
}
