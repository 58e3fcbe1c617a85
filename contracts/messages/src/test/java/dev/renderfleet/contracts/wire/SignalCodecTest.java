package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalCodecTest {

    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());

    private final SignalCodec codec = new SignalCodec();

    @ParameterizedTest
    @FieldSource("dev.renderfleet.contracts.wire.Golden#SIGNALS")
    void goldenSignalsSurviveByteForByte(String name) {
        var understood = (DecodedSignal.Understood) codec.decode(Golden.bytes(name));

        // Also in this order of fields; only the spaces are for people.
        assertThat(codec.encode(understood.signal()))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(Golden.json(Golden.text(name)).toString());
        assertThat(codec.decode(codec.encode(understood.signal()), CloudEvents.type(understood.signal())))
                .isEqualTo(understood);
    }

    @Test
    void readsAHold() {
        var hold = new Hold(
                "gemini",
                "gemini-3-pro-image",
                Instant.parse("2026-11-23T08:30:05.250Z"),
                FailureCode.RATE_LIMITED,
                "worker-2-7f3a");

        assertThat(codec.decode(Golden.bytes("signal-hold"))).isEqualTo(new DecodedSignal.Understood(hold));
        assertThat(hold.key()).isEqualTo("gemini/gemini-3-pro-image");
    }

    @Test
    void readsAHoldOfAProviderAndTheSetUpOfAFleet() {
        var hold = new ProviderHold(
                "gemini",
                "9f86d081",
                Instant.parse("2026-11-30T02:05:00.250Z"),
                FailureCode.PROVIDER_AUTH,
                null,
                "worker-2-7f3a");
        var since = new ProviderHold(
                hold.provider(),
                hold.account(),
                hold.until(),
                hold.reason(),
                Instant.parse("2026-11-29T22:14:07.125Z"),
                hold.origin());
        var fleet = new FleetSetup(
                "https://s3.eu-central-1.amazonaws.com/renderfleet",
                "http://minio:9000/pictures",
                List.of("gemini"),
                List.of("openai"),
                "worker-2-7f3a");

        assertThat(codec.decode(Golden.bytes("signal-provider-hold"))).isEqualTo(new DecodedSignal.Understood(hold));
        assertThat(codec.decode(Golden.bytes("signal-provider-hold-since")))
                .isEqualTo(new DecodedSignal.Understood(since));
        assertThat(codec.decode(Golden.bytes("signal-fleet"))).isEqualTo(new DecodedSignal.Understood(fleet));
    }

    @Test
    void readsACancel() {
        var cancel = new Cancel(
                "0629c4e90059b6ecd820f0d503f0a280396e4332",
                "render.jobs/3/1234",
                Instant.parse("2026-11-30T13:00:00.250Z"),
                "scheduler-1-7f3a");

        assertThat(codec.decode(Golden.bytes("signal-cancel"))).isEqualTo(new DecodedSignal.Understood(cancel));
    }

    @ParameterizedTest
    @CsvSource({
        "signal-cancel, jobId, '\"0629\"'",
        "signal-cancel, record, '\"render.jobs/3\"'",
        "signal-cancel, record, '\"render.jobs/3/-1\"'",
        "signal-cancel, record, '\"render.jobs/3/12345678901234567890\"'",
        "signal-cancel, until, '\"soon\"'",
        "signal-cancel, origin, '\"\"'",
        "signal-provider-hold, account, '\"9F86D081\"'",
        "signal-provider-hold, provider, '\"a/b\"'",
        "signal-provider-hold, refusedSince, '\"yesterday\"'",
        "signal-fleet, bucket, '\"\"'",
        "signal-fleet, movedFrom, '\"a\\nb\"'",
        "signal-fleet, providers, '[\"a/b\"]'",
        "signal-fleet, withdrawn, '[1]'"
    })
    void namesTheFieldOfAnInvalidSignal(String name, String field, String value) {
        ObjectNode signal = (ObjectNode) Golden.json(Golden.text(name));
        signal.set(field, Golden.json(value));

        assertThat(codec.decode(signal.toString().getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        DecodedSignal.Unreadable.class,
                        unreadable -> assertThat(unreadable.field()).startsWith(field));
    }

    @Test
    void ignoresUnknownFieldsAndReadsAHoldWithALaterReason() {
        assertThat(hold("reason", "'moon_phase'", "mood", "[{'a':1}]"))
                .isInstanceOfSatisfying(
                        DecodedSignal.Understood.class,
                        understood -> assertThat(((Hold) understood.signal()).reason())
                                .isEqualTo(FailureCode.UNRECOGNISED));
    }

    @ParameterizedTest
    @CsvSource({"dev.renderfleet.signal.pause.v1", "dev.renderfleet.signal.hold.v2"})
    void recognisesALaterSignalByItsHeader(String type) {
        assertThat(codec.decode("no json".getBytes(StandardCharsets.UTF_8), type))
                .isEqualTo(new DecodedSignal.Unknown(type));
    }

    @Test
    void recognisesALaterSignalByItsName() {
        assertThat(hold("signal", "'pause'", "model", "null")).isEqualTo(new DecodedSignal.Unknown("pause"));
        assertThat(hold("signal", "'a\\u0007" + "b".repeat(100) + "'", "model", "7"))
                .isEqualTo(new DecodedSignal.Unknown("a?" + "b".repeat(61) + "…"));
    }

    @Test
    void refusesAValueOfAnotherTypeThanItsHeader() {
        byte[] pause = "{\"signal\":\"pause\"}".getBytes(StandardCharsets.UTF_8);

        assertThat(codec.decode(pause, CloudEvents.HOLD_TYPE))
                .isInstanceOfSatisfying(DecodedSignal.Unreadable.class, unreadable -> {
                    assertThat(unreadable.field()).isEqualTo("signal");
                    assertThat(unreadable.reason()).contains("pause");
                });
    }

    static Stream<Arguments> brokenRules() {
        return Stream.of(
                arguments("signal", "7", "text"),
                arguments("provider", "null", "missing"),
                arguments("provider", "''", "1 to 64"),
                arguments("provider", "'a/b'", "1 to 64"),
                arguments("provider", "'" + "p".repeat(65) + "'", "1 to 64"),
                arguments("model", "null", "missing"),
                arguments("model", "'a b'", "A-Z"),
                arguments("model", "'a/../b'", "two dots"),
                arguments("until", "'tomorrow'", "with offset"),
                arguments("until", "1795422600", "text in double quotes"),
                arguments("reason", "null", "missing"),
                arguments("reason", "{}", "text in double quotes"),
                arguments("origin", "''", "1 to 200"),
                arguments("origin", "'a\\nb'", "control"));
    }

    @ParameterizedTest
    @MethodSource("brokenRules")
    void namesFieldAndRule(String field, String value, String words) {
        assertThat(hold(field, value)).isInstanceOfSatisfying(DecodedSignal.Unreadable.class, unreadable -> {
            assertThat(unreadable.field()).isEqualTo(field);
            assertThat(unreadable.reason()).contains(words);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{", "{}", "\"hold\"", "{\"signal\":\"hold\"} {}"})
    void refusesWhatIsNoSignal(String value) {
        assertThat(codec.decode(value.getBytes(StandardCharsets.UTF_8))).isInstanceOf(DecodedSignal.Unreadable.class);
        assertThat(codec.decode(null)).isInstanceOf(DecodedSignal.Unreadable.class);
    }

    @Test
    void boundsTheSizeBeforeItParses() {
        String padded = Golden.text("signal-hold") + " ".repeat(SignalCodec.BYTES_MAX);
        byte[] largest = Arrays.copyOf(padded.getBytes(StandardCharsets.UTF_8), SignalCodec.BYTES_MAX);
        byte[] larger = Arrays.copyOf(padded.getBytes(StandardCharsets.UTF_8), SignalCodec.BYTES_MAX + 1);

        assertThat(codec.decode(largest)).isInstanceOf(DecodedSignal.Understood.class);
        assertThat(codec.decode(larger))
                .isEqualTo(new DecodedSignal.Unreadable(null, "a signal has at most 16,384 bytes, not 16,385"));
    }

    @Test
    void neverThrows() {
        var random = new SplittableRandom(SEED);
        byte[] hold = Golden.bytes("signal-hold");
        for (int round = 0; round < 20_000; round++) {
            byte[] broken = hold.clone();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            assertThatCode(() -> codec.decode(broken))
                    .as("seed %d, round %d", SEED, round)
                    .doesNotThrowAnyException();
        }
    }

    private DecodedSignal hold(String... changes) {
        ObjectNode hold = (ObjectNode) Golden.json(Golden.text("signal-hold"));
        for (int i = 0; i < changes.length; i += 2) {
            hold.set(changes[i], Golden.json(changes[i + 1]));
        }
        return codec.decode(hold.toString().getBytes(StandardCharsets.UTF_8));
    }
}
