package dev.renderfleet.testbed.chaos;

import java.time.Duration;

/** Faults of the provider, for a job's first call. The order is part of what a seed means. */
enum ProviderFault {
    RATE_LIMITED("429 retryDelay=1s"),
    OVERLOADED("503"),
    INTERNAL("500"),
    HANG("HANG"),
    RESET_MID_BODY("RESET_MID_BODY"),
    TRUNCATED_BASE64("TRUNCATED_BASE64"),
    LATE("LATE");

    private static final Duration LATE_BEYOND_TIMEOUT = Duration.ofSeconds(5);

    private final String directive;

    ProviderFault(String directive) {
        this.directive = directive;
    }

    /**
     * The directive that, in a prompt, lets the simulator inject the fault once.
     *
     * @param modelTimeout the workers' time-out of a call
     */
    String directive(Duration modelTimeout) {
        String seconds = this == LATE
                ? " seconds=" + modelTimeout.plus(LATE_BEYOND_TIMEOUT).toSeconds()
                : "";
        return " [[sim:" + directive + seconds + "*1]]";
    }
}
