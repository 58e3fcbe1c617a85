package dev.renderfleet.worker.settle;

import org.junit.jupiter.api.Tag;

/** The same with the classic group protocol. */
@Tag("long")
class ClassicCommittedOffsetsIT extends CommittedOffsetsIT {

    @Override
    String protocol() {
        return "classic";
    }
}
