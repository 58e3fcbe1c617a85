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
    private Optional<Duration> idle = Optional.empty();

    /** Takes the behaviour in; false if it is none of these. */
    public boolean accept(Behaviour behaviour) {
        switch (behaviour.name()) {
            case "LATE" -> late = late.plus(seconds(behaviour));
            case "IDLE_CLOSE" -> idle = Optional.of(seconds(behaviour));
            default -> {
                return named(WireFault.class, behaviour).map(wire::add).isPresent()
                        || named(ImageFault.class, behaviour).map(image::add).isPresent();
            }
        }
        return true;
    }

    private static Duration seconds(Behaviour behaviour) {
        return Duration.ofMillis((long) (Double.parseDouble(behaviour.option("seconds", "5")) * 1000));
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

    /** After how much idleness the connection is closed, if at all. */
    public Optional<Duration> idle() {
        return idle;
    }

    private static <E extends Enum<E>> Optional<E> named(Class<E> type, Behaviour behaviour) {
        return EnumSet.allOf(type).stream()
                .filter(fault -> fault.name().equals(behaviour.name()))
                .findFirst();
    }
}
