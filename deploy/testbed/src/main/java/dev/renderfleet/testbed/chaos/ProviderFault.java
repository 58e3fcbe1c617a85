package dev.renderfleet.testbed.chaos;

import java.time.Duration;

/** What a job's first call may meet at the model. The order decides what a seed draws. */
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
     * What makes the simulator do so, once, when it stands in a prompt.
     *
     * @param modelTimeout after which workers wait no longer
     */
    String directive(Duration modelTimeout) {
        String seconds = this == LATE
                ? " seconds=" + modelTimeout.plus(LATE_BEYOND_TIMEOUT).toSeconds()
                : "";
        return " [[sim:" + directive + seconds + "*1]]";
    }
}
