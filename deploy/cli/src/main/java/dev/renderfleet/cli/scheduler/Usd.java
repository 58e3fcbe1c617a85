package dev.renderfleet.cli.scheduler;

import dev.renderfleet.cli.cluster.UserError;
import java.math.BigDecimal;
import picocli.CommandLine.ExitCode;

/** US dollars for people, and their millionths for the scheduler. */
final class Usd {

    private static final int MICROS_DIGITS = 6;

    private Usd() {}

    static String of(long micros) {
        return BigDecimal.valueOf(micros, MICROS_DIGITS).toPlainString();
    }

    /** Fails with a {@link UserError} for what is no amount of dollars. */
    static long micros(String usd) {
        try {
            return new BigDecimal(usd).movePointRight(MICROS_DIGITS).longValueExact();
        } catch (ArithmeticException | NumberFormatException _) {
            throw new UserError(
                    "A cap is in US dollars with at most six decimals, such as 20 or 0.50, or none: " + usd,
                    ExitCode.USAGE);
        }
    }
}
