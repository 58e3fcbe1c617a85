package dev.renderfleet.worker.providers.wire;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** Parses the providers' forms of Retry-After. Returns null for an invalid value. */
public final class RetryHint {

    /** Longer waits are cut. */
    public static final Duration LONGEST = Duration.ofDays(1);

    private static final Pattern SECONDS = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,20})?)s?");
    private static final Pattern MILLIS = Pattern.compile("\\d{1,12}(?:\\.\\d{1,20})?");
    private static final Pattern TEXT = Pattern.compile(
            "(?:retry|try again) in ((?:\\d{1,9}(?:\\.\\d{1,20})?(?:ms|[hms]))+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern TEXT_PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|[hms])", Pattern.CASE_INSENSITIVE);

    private RetryHint() {}

    /** {@code retry-after-ms}, {@code Retry-After}, or the time that the message names. */
    public static @Nullable Duration of(Headers headers, String message, Instant now) {
        String millis = headers.get("retry-after-ms");
        if (millis != null && MILLIS.matcher(millis).matches()) {
            return bounded(ofSeconds(Double.parseDouble(millis) / 1000));
        }
        String header = headers.get("Retry-After");
        Duration wait = header == null ? null : fromHeader(header, now);
        return wait != null ? wait : fromText(message);
    }

    /** Seconds such as {@code 21s}, {@code 10.673410956s} or {@code 30}. */
    public static @Nullable Duration fromSeconds(String text) {
        Matcher seconds = SECONDS.matcher(text.strip());
        return seconds.matches() ? bounded(ofSeconds(Double.parseDouble(seconds.group(1)))) : null;
    }

    /** A {@code Retry-After} header: seconds or an HTTP date. */
    public static @Nullable Duration fromHeader(String header, Instant now) {
        Duration seconds = fromSeconds(header);
        if (seconds != null) {
            return seconds;
        }
        try {
            Instant end = DateTimeFormatter.RFC_1123_DATE_TIME.parse(header.strip(), Instant::from);
            return bounded(Duration.between(now, end));
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** "Please retry in 10.67s", also in hours, minutes and milliseconds. */
    public static @Nullable Duration fromText(String message) {
        Matcher text = TEXT.matcher(message);
        if (!text.find()) {
            return null;
        }
        Duration sum = Duration.ZERO;
        for (Matcher part = TEXT_PART.matcher(text.group(1)); part.find(); ) {
            double amount = Double.parseDouble(part.group(1));
            sum = sum.plus(ofSeconds(
                    switch (part.group(2)) {
                        case "h", "H" -> amount * 3600;
                        case "m", "M" -> amount * 60;
                        case "s", "S" -> amount;
                        default -> amount / 1000;
                    }));
        }
        return bounded(sum);
    }

    private static Duration ofSeconds(double seconds) {
        // Rounded up, since a call too early is refused again.
        return Duration.ofMillis((long) Math.ceil(seconds * 1000));
    }

    private static Duration bounded(Duration wait) {
        return wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
