package dev.renderfleet.sandbox.simulators;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The behaviours that every provider can show: faults of the wire and of the picture, and lateness. Confined to one call. */
public final class CommonFaults {
    private final Set<WireFault> wire = EnumSet.noneOf(WireFault.class);
    private final Set<ImageFault> image = EnumSet.noneOf(ImageFault.class);
    private Duration late = Duration.ZERO;

    /** Takes the behaviour in; false if it is none of these. */
    public boolean accept(Behaviour behaviour) {
        if (behaviour.name().equals("LATE")) {
            double seconds = Double.parseDouble(behaviour.option("seconds", "5"));
            late = late.plusMillis((long) (seconds * 1000));
            return true;
        }
        return named(WireFault.class, behaviour).map(wire::add).isPresent()
                || named(ImageFault.class, behaviour).map(image::add).isPresent();
    }

    public Set<WireFault> wire() {
        return wire;
    }

    public Set<ImageFault> image() {
        return image;
    }

    /** How much longer the answer takes, whatever the time scale. */
    public Duration late() {
        return late;
    }

    private static <E extends Enum<E>> Optional<E> named(Class<E> type, Behaviour behaviour) {
        return EnumSet.allOf(type).stream()
                .filter(fault -> fault.name().equals(behaviour.name()))
                .findFirst();
    }
}
