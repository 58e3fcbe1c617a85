package dev.renderfleet.scheduler.store;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The state of a job. A queued job that has a flight is shown as released. */
public enum JobState {
    QUEUED(0),
    COMPLETED(1),
    FAILED(2),
    REJECTED(3),
    CANCELED(4);

    /** The name in answers of a queued job that has a flight. */
    public static final String RELEASED = "released";

    /** The name in answers of a released job for which no further call is wanted. */
    public static final String CANCELING = "canceling";

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

    /** The code of the state with that name in answers; -1: none has it. */
    static int codeOf(String wireName) {
        return Arrays.stream(values())
                .filter(state -> state.wireName().equals(wireName))
                .mapToInt(JobState::code)
                .findFirst()
                .orElse(-1);
    }

    /** All names in answers. */
    public static Set<String> wireNames() {
        return Stream.concat(
                        Stream.of(RELEASED, CANCELING), Arrays.stream(values()).map(JobState::wireName))
                .collect(Collectors.toCollection(TreeSet::new));
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
