package dev.renderfleet.contracts.job;

import java.util.Locale;

/** An enum constant that travels by a name of its own: lower case, words joined by a hyphen, unless the enum says otherwise. */
public interface WireNamed {

    /** The constant's name in Java. */
    String name();

    /** The name on the wire. */
    default String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
