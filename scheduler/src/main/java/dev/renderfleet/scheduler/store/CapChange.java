package dev.renderfleet.scheduler.store;

/** What became of a wish to change a cap. */
public sealed interface CapChange {

    /** The cap is in force. */
    record Changed() implements CapChange {}

    /** More counts against it already; amounts in millionths of a US dollar. */
    record BelowUse(long reserved, long unknown, long spent) implements CapChange {}
}
