package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.catalogue.ServerProfile;
import org.junit.jupiter.api.Tag;

/** Has its seed in JSON in JSON. */
@Tag("long")
class XinferenceContractTest extends OwnServerContractTest {

    XinferenceContractTest() {
        super(ServerProfile.XINFERENCE);
    }
}
