package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.catalogue.ServerProfile;
import org.junit.jupiter.api.Tag;

/** Has its references in JSON. */
@Tag("long")
class LocalAiContractTest extends OwnServerContractTest {

    LocalAiContractTest() {
        super(ServerProfile.LOCALAI);
    }
}
