package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {

    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());

    private final EventCodec codec = new EventCodec();

    @ParameterizedTest
    @FieldSource({"dev.renderfleet.contracts.wire.Golden#EVENTS", "dev.renderfleet.contracts.wire.Golden#LATER_EVENTS"})
    void goldenEventsSurviveByteForByte(String name) {
        RenderEvent event = codec.decode(Golden.bytes(name));

        // Also in this order of fields; only the spaces are for people.
        assertThat(codec.encode(event))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(Golden.json(Golden.text(name)).toString());
        assertThat(codec.decode(codec.encode(event), CloudEvents.type(event))).isEqualTo(event);
    }

    @ParameterizedTest
    @EnumSource(FailureCode.class)
    void everyCodeSurvives(FailureCode code) {
        RenderEvent event = new RenderRejected(job(), false, code, null, "[" + code.wireName() + "] message");

        RenderEvent decoded = codec.decode(codec.encode(event));
        assertThat(((RenderRejected) decoded).code()).isEqualTo(code);
    }

    @Test
    void aCodeOfALaterVersionIsReadAsUnrecognised() {
        String failed = Golden.text("event-failed")
                .replace("\"code\": \"output_refused\"", "\"code\": \"moon_phase\"")
                .replace("\"retryable\": false", "\"retryable\": true");

        RenderFailed event = (RenderFailed) codec.decode(failed.getBytes(StandardCharsets.UTF_8));
        assertThat(event.code()).isEqualTo(FailureCode.UNRECOGNISED);
        assertThat(event.retryable()).isTrue();
        assertThat(event.message()).startsWith("[moon_phase] The provider drew");
        assertThat(FailureCode.published())
                .doesNotContain(FailureCode.UNRECOGNISED)
                .contains(FailureCode.INTERNAL);
    }

    @Test
    void ignoresUnknownFields() {
        String completed = Golden.text("event-completed")
                .replace("\"outcome\"", "\"mood\": {\"a\": [1]}, \"outcome\"")
                .replace("\"bucket\"", "\"region\": \"eu\", \"bucket\"");

        assertThat(codec.decode(completed.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(codec.decode(Golden.bytes("event-completed")));
    }

    @Test
    void writesAnEventEvenIfAProvidersMessageWasCutInsideACharacter() {
        RenderEvent event = new RenderFailed(
                job(),
                false,
                FailureCode.PROVIDER_FAULT,
                true,
                "half \ud83e",
                "\udc00 NUL \u0000 chair \ud83e\ude91",
                List.of(new Attempt(1, "m", "unknown", Instant.EPOCH, 1, null, "\ud83e", 0)),
                Usage.NONE,
                new Cost(0, "none"));

        RenderFailed decoded = (RenderFailed) codec.decode(codec.encode(event));
        assertThat(decoded.message()).isEqualTo("half \ufffd");
        assertThat(decoded.providerReason()).isEqualTo("\ufffd NUL \ufffd chair \ud83e\ude91");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"outcome\":\"lost\"}",
                "{\"outcome\":7}",
                "{\"outcome\":\"canceled\"}",
            })
    void refusesWhatIsNoEvent(String value) {
        assertThatExceptionOfType(UnreadableEventException.class)
                .isThrownBy(() -> codec.decode(value.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void throwsOneExceptionForDamagedEvents() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 1_000; round++) {
            byte[] event = Golden.bytes(Golden.EVENTS.get(random.nextInt(Golden.EVENTS.size())));
            event[random.nextInt(event.length)] = (byte) random.nextInt(256);
            try {
                assertThat(codec.decode(event)).isNotNull();
            } catch (UnreadableEventException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + SEED, e);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "\"width\": 1376, \"width\": 99999999999, images[0].width",
        "2026-11-23T08:31:02Z, yesterday, attempts[1].startedAt",
        "\"usdMicros\": 134560, \"usdMicros\": \"x\", attempts[1].usdMicros",
        "\"usdMicros\": 134560, \"usdMicros\": \"\", attempts[1].usdMicros",
        "\"usdMicros\": 134560, \"usdMicros\": 0.5, attempts[1].usdMicros",
        "\"usdMicros\": 134560, \"usdMicros\": null, attempts[1].usdMicros",
        "\"tenant\": \"acme\", \"tenant\": 7, tenant",
        "'\"attempts\": [', '\"attempts\": [null,', attempts[0]",
        "\"jobId\", \"id\", jobId"
    })
    void namesTheFieldAtFault(String good, String bad, String field) {
        String completed = Golden.text("event-completed").replace(good, bad);

        assertThatExceptionOfType(UnreadableEventException.class)
                .isThrownBy(() -> codec.decode(completed.getBytes(StandardCharsets.UTF_8)))
                .satisfies(e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void nullIsAbsentAndAWholeNumberMayHaveAPoint() {
        String failed = Golden.text("event-failed");
        String spelled = failed.replace("\"labels\": {}", "\"labels\": null")
                .replace("\"promptTokens\": 812", "\"promptTokens\": 8.12e2");

        assertThat(codec.decode(spelled.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(codec.decode(failed.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void refusesAnotherOutcomeThanTheHeaderSays() {
        assertThatExceptionOfType(UnreadableEventException.class)
                .isThrownBy(() -> codec.decode(Golden.bytes("event-failed"), "dev.renderfleet.render.completed.v1"))
                .withMessageContaining("ce_type");
    }

    private static JobRef job() {
        return new JobRef("0".repeat(40), "acme", "k", null, null, Map.of());
    }
}
