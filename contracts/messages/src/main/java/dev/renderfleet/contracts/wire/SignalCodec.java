package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.Signal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the signals of {@link Topics#SIGNALS}: one flat JSON object with the field {@code signal}.
 *
 * <p>Reading never throws and checks the size before it parses. Unknown fields are ignored; unknown signals are distinguished from
 * invalid ones. Stateless; for any number of threads.
 */
public final class SignalCodec {

    /** Largest signal that is read, in bytes; a hold has about 200. */
    public static final int BYTES_MAX = 16_384;

    private static final int TYPE_CHARS_MAX = 64;

    /** The signal as compact JSON; equal signals have equal bytes. Validates nothing. */
    public byte[] encode(Signal signal) {
        return MessageWriter.write((Record) signal);
    }

    /** Reads a record without headers. */
    public DecodedSignal decode(byte @Nullable [] value) {
        return decode(value, null);
    }

    /**
     * Reads a record.
     *
     * @param value the record's value; null (a tombstone) is unreadable
     * @param type the record's {@code ce_type}; if given, a value of an unknown type is not read, and any other value must agree
     *     with it
     */
    public DecodedSignal decode(byte @Nullable [] value, @Nullable String type) {
        if (type != null && !type.equals(CloudEvents.HOLD_TYPE)) {
            return new DecodedSignal.Unknown(PrintableText.plain(type, TYPE_CHARS_MAX));
        }
        if (value == null) {
            return new DecodedSignal.Unreadable(null, "the record has no value");
        }
        if (value.length > BYTES_MAX) {
            return new DecodedSignal.Unreadable(
                    null,
                    String.format(Locale.ROOT, "a signal has at most %,d bytes, not %,d", BYTES_MAX, value.length));
        }
        try {
            JsonFields fields = new JsonFields(JsonPath.ROOT, BoundedJson.parse(value));
            String name = fields.text("signal");
            if (name.equals("hold")) {
                return new DecodedSignal.Understood(hold(fields));
            }
            if (type != null) {
                throw fields.violation(
                        "signal", "the header says " + type + ", the value " + PrintableText.quoted(name));
            }
            return new DecodedSignal.Unknown(PrintableText.plain(name, TYPE_CHARS_MAX));
        } catch (RuleViolation violation) {
            return new DecodedSignal.Unreadable(violation.field(), violation.rule());
        }
    }

    /** Provider, model and origin become keys, metrics and log lines, so their rules hold here too. */
    private static Hold hold(JsonFields fields) {
        Hold hold = RecordReader.read(Hold.class, fields);
        String rule = "provider has 1 to 64 characters of A-Z a-z 0-9 . _ -";
        RuleViolation.check(fields.at("provider"), TextRules.matching(TextRules.PROVIDER, hold.provider(), rule));
        RuleViolation.check(fields.at("model"), TextRules.model(hold.model()));
        RuleViolation.check(fields.at("origin"), TextRules.key("origin", hold.origin()));
        return hold;
    }
}
