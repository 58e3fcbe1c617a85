package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Makes signals of JSON objects; texts keep the rules of their kind, since they become keys, metrics and log lines. */
final class SignalReader {

    private SignalReader() {}

    static Hold hold(JsonFields fields) {
        String provider = fields.text("provider");
        String rule = "provider has 1 to 64 characters of A-Z a-z 0-9 . _ -";
        Refusal.check(fields.at("provider"), TextRules.matching(TextRules.PROVIDER, provider, rule));
        String model = fields.text("model");
        Refusal.check(fields.at("model"), TextRules.model(model));
        Instant until = instant(fields, "until");
        FailureCode reason = FailureCode.ofWireName(fields.text("reason"));
        String origin = fields.text("origin");
        Refusal.check(fields.at("origin"), TextRules.key("origin", origin));
        return new Hold(provider, model, until, reason, origin);
    }

    private static Instant instant(JsonFields fields, String name) {
        try {
            return OffsetDateTime.parse(fields.text(name)).toInstant();
        } catch (DateTimeException _) {
            throw fields.refusal(name, name + " must be a time with offset such as 2026-11-23T08:30:00Z");
        }
    }
}
