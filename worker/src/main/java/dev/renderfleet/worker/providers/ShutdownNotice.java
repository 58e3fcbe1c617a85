package dev.renderfleet.worker.providers;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/** What a provider says about the end of one of its models. */
public sealed interface ShutdownNotice {

    /**
     * It names a day.
     *
     * @param day the first without the model
     */
    record On(LocalDate day) implements ShutdownNotice {}

    /** It names no day. */
    record None() implements ShutdownNotice {}

    /** It was not asked successfully. */
    record Unread(String reason) implements ShutdownNotice {}

    /**
     * Reads a date, or the date of a time.
     *
     * @param text such as {@code 2026-12-01}; empty: none
     */
    static ShutdownNotice of(String text) {
        try {
            return text.isEmpty()
                    ? new None()
                    : new On(LocalDate.parse(text.substring(0, Math.min(text.length(), "2026-12-01".length()))));
        } catch (DateTimeParseException e) {
            return new Unread("NO_DATE");
        }
    }
}
