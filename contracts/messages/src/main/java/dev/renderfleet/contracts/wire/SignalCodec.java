package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.signal.Signal;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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
    private static final Set<String> TYPES = Set.of(
            CloudEvents.HOLD_TYPE, CloudEvents.PROVIDER_HOLD_TYPE, CloudEvents.FLEET_TYPE, CloudEvents.CANCEL_TYPE);
    private static final Pattern ACCOUNT = Pattern.compile("[0-9a-f]{8}");
    private static final Pattern RECORD = Pattern.compile("[A-Za-z0-9._-]{1,249}/[0-9]{1,9}/[0-9]{1,18}");
    private static final Pattern BUCKET = Pattern.compile("[!-~]{1,500}");

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
        if (type != null && !TYPES.contains(type)) {
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
            Signal signal = switch (name) {
                case "hold" -> hold(fields);
                case "provider-hold" -> providerHold(fields);
                case "fleet" -> fleet(fields);
                case "cancel" -> cancel(fields);
                default -> null;
            };
            if (type != null && (signal == null || !CloudEvents.type(signal).equals(type))) {
                throw fields.violation(
                        "signal", "the header says " + type + ", the value " + PrintableText.quoted(name));
            }
            return signal == null
                    ? new DecodedSignal.Unknown(PrintableText.plain(name, TYPE_CHARS_MAX))
                    : new DecodedSignal.Understood(signal);
        } catch (RuleViolation violation) {
            return new DecodedSignal.Unreadable(violation.field(), violation.rule());
        }
    }

    /** Provider, model and origin become keys, metrics and log lines, so their rules hold here too. */
    private static Hold hold(JsonFields fields) {
        Hold hold = RecordReader.read(Hold.class, fields);
        checkProvider(fields.at("provider"), hold.provider());
        RuleViolation.check(fields.at("model"), TextRules.model(hold.model()));
        RuleViolation.check(fields.at("origin"), TextRules.key("origin", hold.origin()));
        return hold;
    }

    private static ProviderHold providerHold(JsonFields fields) {
        ProviderHold hold = RecordReader.read(ProviderHold.class, fields);
        checkProvider(fields.at("provider"), hold.provider());
        RuleViolation.check(
                fields.at("account"), TextRules.matching(ACCOUNT, hold.account(), "account has 8 digits of 0-9 a-f"));
        RuleViolation.check(fields.at("origin"), TextRules.key("origin", hold.origin()));
        return hold;
    }

    private static FleetSetup fleet(JsonFields fields) {
        FleetSetup fleet = RecordReader.read(FleetSetup.class, fields);
        checkBucket(fields.at("bucket"), fleet.bucket());
        if (fleet.movedFrom() != null) {
            checkBucket(fields.at("movedFrom"), fleet.movedFrom());
        }
        fleet.providers().forEach(provider -> checkProvider(fields.at("providers"), provider));
        fleet.withdrawn().forEach(provider -> checkProvider(fields.at("withdrawn"), provider));
        RuleViolation.check(fields.at("origin"), TextRules.key("origin", fleet.origin()));
        return fleet;
    }

    private static Cancel cancel(JsonFields fields) {
        Cancel cancel = RecordReader.read(Cancel.class, fields);
        RuleViolation.check(
                fields.at("jobId"), JobId.isValid(cancel.jobId()) ? null : "jobId has 40 digits of 0-9 a-f");
        String rule = "a record is topic/partition/offset, such as render.jobs/3/1234";
        RuleViolation.check(fields.at("record"), TextRules.matching(RECORD, cancel.record(), rule));
        RuleViolation.check(fields.at("origin"), TextRules.key("origin", cancel.origin()));
        return cancel;
    }

    private static void checkBucket(JsonPath field, String bucket) {
        String rule = "a bucket's address has 1 to 500 printable characters of ASCII without spaces";
        RuleViolation.check(field, TextRules.matching(BUCKET, bucket, rule));
    }

    private static void checkProvider(JsonPath field, String provider) {
        String rule = "a provider has 1 to 64 characters of A-Z a-z 0-9 . _ -";
        RuleViolation.check(field, TextRules.matching(TextRules.PROVIDER, provider, rule));
    }
}
