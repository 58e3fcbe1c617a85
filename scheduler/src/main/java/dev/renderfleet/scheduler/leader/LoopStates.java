package dev.renderfleet.scheduler.leader;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What each loop of this process does, for health. Safe for use by many threads. */
public final class LoopStates {

    /** What a loop does. */
    public sealed interface LoopState {
        record Running() implements LoopState {}

        /** Nothing, for another process leads or it begins soon. */
        record Idle() implements LoopState {}

        /** It is tried again, but was stopped by this. */
        record Faulty(String reason) implements LoopState {}
    }

    private final Map<String, LoopState> states = new ConcurrentHashMap<>();

    public void set(String loop, LoopState state) {
        states.put(loop, state);
    }

    /** By name of the loop, in order. */
    public Map<String, LoopState> all() {
        return new TreeMap<>(states);
    }
}
