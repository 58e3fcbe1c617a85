package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.catalogue.ServerProfile;
import org.junit.jupiter.api.Tag;

/** Has its seed in the prompt. */
@Tag("long")
class StableDiffusionCppContractTest extends OwnServerContractTest {

    StableDiffusionCppContractTest() {
        super(ServerProfile.STABLE_DIFFUSION_CPP);
    }
}
