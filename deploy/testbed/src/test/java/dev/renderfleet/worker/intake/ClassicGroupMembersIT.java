package dev.renderfleet.worker.intake;

import org.junit.jupiter.api.Tag;

/** The same with the classic group protocol. */
@Tag("long")
class ClassicGroupMembersIT extends GroupMembersIT {

    @Override
    String protocol() {
        return "classic";
    }
}
