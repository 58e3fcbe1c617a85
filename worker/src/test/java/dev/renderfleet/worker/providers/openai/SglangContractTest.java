package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.catalogue.ServerProfile;
import org.junit.jupiter.api.Tag;

/** Answers in base64. */
@Tag("long")
class SglangContractTest extends OwnServerContractTest {

    SglangContractTest() {
        super(ServerProfile.SGLANG);
    }
}
