package dev.renderfleet.testbed.chaos;

import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CommonFaults;
import java.time.Duration;
import java.util.Map;

/**
 * Faults of the provider, for a job's first call. The order is part of what a seed means. A valid job survives each of them. So these
 * are missing: a refused input or output and an unknown finish reason, which end the job, and a limited account, which holds the
 * provider for minutes.
 */
enum ProviderFault {
    RATE_LIMITED("429 retryDelay=1s"),
    OVERLOADED("503"),
    INTERNAL("500"),
    HANG("HANG"),
    RESET_MID_BODY("RESET_MID_BODY"),
    TRUNCATED_BASE64("TRUNCATED_BASE64"),
    LATE("LATE"),
    NULLS("NULLS"),
    SNAKE_CASE("SNAKE_CASE"),
    PLAIN_TEXT("PLAIN_TEXT"),
    URL_SAFE_BASE64("URL_SAFE_BASE64"),
    DATA_URL("DATA_URL"),
    THOUGHT_ONLY("THOUGHT_ONLY"),
    LAST_BROKEN("LAST_BROKEN"),
    SECOND_BLOCKED("SECOND_BLOCKED"),
    OTHER_MODEL("OTHER_MODEL"),
    ERROR_IN_200("ERROR_IN_200"),
    REFUSED_ONCE("400_RETRY"),
    MISSING_ONCE("404"),
    PROXY_REFUSAL("407"),
    MISDIRECTED("421"),
    /** Within the time in which HTTP clients reuse a connection unchecked. */
    IDLE_CLOSE("IDLE_CLOSE seconds=1"),
    /** A picture is billed and not sent. */
    WITHHELD("IMAGE_OTHER imageTokens=1120"),
    OLDER_SIZE("OLDER_SIZE"),
    EXIF_TURNED("EXIF_TURNED"),
    JUNK_PROFILE("JUNK_PROFILE"),
    /** After the whole picture, so that the job must not call again. */
    CLOSE_NEAR_END("CLOSE_NEAR_END"),
    WRONG_TYPES("WRONG_TYPES"),
    NO_USAGE("NO_USAGE"),
    /** Billed. */
    GATEWAY_TIMEOUT("GATEWAY_524"),
    HALF_SIZE("HALF_SIZE"),
    UNPADDED_BASE64("UNPADDED_BASE64"),
    /** A plain backdrop. */
    BLANK("BLANK"),
    TWO_IMAGES("MANY_IMAGES count=2");

    private static final Duration LATE_BEYOND_TIMEOUT = Duration.ofSeconds(5);

    private final String directive;

    ProviderFault(String directive) {
        this.directive = directive;
    }

    /**
     * Whether the model's simulator can show it: all know the faults of the wire, of the picture and of time. Only Gemini's answers have
     * their pictures before the end.
     */
    boolean isKnownTo(ChaosModel model) {
        return model == ChaosModel.GEMINI
                || (this != CLOSE_NEAR_END
                        && new CommonFaults().accept(new Behaviour(directive.replaceFirst(" .*", ""), Map.of())));
    }

    /** Whether the call costs as much as the job expects, and ends by itself. */
    boolean isWithinBudget() {
        return isKnownTo(ChaosModel.QWEN) && this != HANG && this != LATE;
    }

    /** As {@link #directive}, for calls of one model only. */
    String directive(ChaosModel model, Duration modelTimeout) {
        return model.once(withOptions(modelTimeout));
    }

    /**
     * The directive that, in a prompt, lets the simulator inject the fault once.
     *
     * @param modelTimeout the workers' time-out of a call
     */
    String directive(Duration modelTimeout) {
        return " [[sim:" + withOptions(modelTimeout) + "*1]]";
    }

    private String withOptions(Duration modelTimeout) {
        return this == LATE
                ? directive + " seconds="
                        + modelTimeout.plus(LATE_BEYOND_TIMEOUT).toSeconds()
                : directive;
    }
}
