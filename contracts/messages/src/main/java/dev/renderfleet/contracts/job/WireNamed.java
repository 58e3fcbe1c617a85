package dev.renderfleet.contracts.job;

import java.util.Locale;

/** An enum constant with a name on the wire: by default its Java name in lower case, words joined by a hyphen. */
public interface WireNamed {

    /** The constant's name in Java. */
    String name();

    /** The name on the wire. */
    default String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
