package dev.renderfleet.scheduler.store;

import java.util.Arrays;
import java.util.Locale;

/** The state of a job. A queued job that has a flight is shown as released. */
public enum JobState {
    QUEUED(0),
    COMPLETED(1),
    FAILED(2),
    REJECTED(3),
    CANCELED(4);

    private final short code;

    JobState(int code) {
        this.code = (short) code;
    }

    /** The state after an event with that outcome. */
    public static JobState ofOutcome(String outcome) {
        return valueOf(outcome.toUpperCase(Locale.ROOT));
    }

    /** The state that is stored by this code. */
    static JobState of(int code) {
        return Arrays.stream(values())
                .filter(state -> state.code == code)
                .findFirst()
                .orElseThrow();
    }

    /** By which it is stored. */
    short code() {
        return code;
    }

    public boolean isTerminal() {
        return this != QUEUED;
    }

    /** Its name in answers. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
