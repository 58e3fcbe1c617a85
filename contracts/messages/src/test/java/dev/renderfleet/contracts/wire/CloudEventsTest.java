package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.signal.Hold;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudEventsTest {

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    private final JobCodec codec = new JobCodec();

    @Test
    void writesHeadersOfAJob() {
        var accepted = (DecodedJob.Accepted) codec.decode(Golden.bytes("job-minimal"));

        Map<String, String> headers = CloudEvents.ofJob(accepted.job(), "/shop", NOON, TRACE);
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("ce_specversion", "1.0");
        expected.put("ce_id", accepted.id() + ":" + accepted.fingerprint());
        expected.put("ce_type", "dev.renderfleet.render.job.v1");
        expected.put("ce_source", "/shop");
        expected.put("ce_subject", accepted.id().value());
        expected.put("ce_time", "2026-11-23T12:00:00Z");
        expected.put("ce_tenant", "acme");
        expected.put("content-type", "application/json; charset=utf-8");
        expected.put("traceparent", TRACE);
        assertThat(headers).isEqualTo(expected);
        assertThat(codec.decode(Golden.bytes("job-minimal"), headers)).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource({
        "event-completed, completed, false",
        "event-failed, failed, true",
        "event-rejected, rejected, false",
        "event-canceled, canceled, false"
    })
    void writesHeadersOfAnEvent(String golden, String outcome, boolean replay) {
        RenderEvent event = new EventCodec().decode(Golden.bytes(golden));

        Map<String, String> headers = CloudEvents.ofEvent(event, "render.jobs/0/7", "/worker", NOON, null);
        assertThat(headers)
                .containsEntry("ce_id", event.job().jobId() + ":" + outcome + ":render.jobs/0/7")
                .containsEntry("ce_type", "dev.renderfleet.render." + outcome + ".v1")
                .containsEntry("ce_subject", event.job().jobId())
                .doesNotContainKey("traceparent");
        assertThat(headers.get("ce_replay")).isEqualTo(replay ? "true" : null);
    }

    /** A consumer that follows CloudEvents drops the second event of an id. */
    @Test
    void twoRunsOfAJobHaveTwoIds() {
        RenderEvent event = new EventCodec().decode(Golden.bytes("event-failed"));

        assertThat(CloudEvents.ofEvent(event, "render.jobs/0/7", "/worker", NOON, null)
                        .get("ce_id"))
                .isEqualTo(CloudEvents.ofEvent(event, "render.jobs/0/7", "/other", NOON.plusSeconds(9), TRACE)
                        .get("ce_id"))
                .isNotEqualTo(CloudEvents.ofEvent(event, "render.jobs/0/8", "/worker", NOON, null)
                        .get("ce_id"));
    }

    @Test
    void aJobMayAskForTheStoredOutcome() {
        assertThat(CloudEvents.asksForReplay(Map.of("ce_replay", "true"))).isTrue();
        assertThat(CloudEvents.asksForReplay(Map.of("CE_Replay", "true"))).isTrue();
        assertThat(CloudEvents.asksForReplay(Map.of("ce_replay", "false"))).isFalse();
        assertThat(CloudEvents.asksForReplay(Map.of())).isFalse();
    }

    @Test
    void writesHeadersOfAHold() {
        Instant until = NOON.plusSeconds(5);
        var hold = new Hold("gemini", "gemini-3-pro-image", until, FailureCode.RATE_LIMITED, "worker-1");

        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("ce_specversion", "1.0");
        expected.put("ce_id", "worker-1:gemini/gemini-3-pro-image:2026-11-23T12:00:05Z");
        expected.put("ce_type", "dev.renderfleet.signal.hold.v1");
        expected.put("ce_source", "/worker");
        expected.put("ce_subject", "gemini/gemini-3-pro-image");
        expected.put("ce_time", "2026-11-23T12:00:00Z");
        expected.put("content-type", "application/json; charset=utf-8");
        assertThat(CloudEvents.ofSignal(hold, "/worker", NOON)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra"
            })
    void dropsATraceThatIsNotWellFormed(String trace) {
        var accepted = (DecodedJob.Accepted) codec.decode(Golden.bytes("job-minimal"));

        assertThat(CloudEvents.ofJob(accepted.job(), "/shop", NOON, trace)).doesNotContainKey("traceparent");
        assertThat(CloudEvents.traceparent(Map.of("traceparent", trace))).isNull();
    }

    @Test
    void readsTheTraceOfARecord() {
        assertThat(CloudEvents.traceparent(Map.of("traceparent", TRACE))).isEqualTo(TRACE);
        assertThat(CloudEvents.traceparent(Map.of("Traceparent", TRACE))).isEqualTo(TRACE);
        assertThat(CloudEvents.traceparent(Map.of())).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "ce_type, dev.renderfleet.render.completed.v1, headers.ce_type",
        "ce_type, dev.renderfleet.render.job.v2, headers.ce_type",
        "ce_specversion, 0.3, headers.ce_specversion",
        "ce_specversion, 2.0, headers.ce_specversion",
        "CE_SpecVersion, 1, headers.ce_specversion"
    })
    void refusesARecordThatItsHeadersCallSomethingElse(String header, String value, String field) {
        DecodedJob decoded = codec.decode(Golden.bytes("job-minimal"), Map.of(header, value));

        assertThat(decoded).isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(FailureCode.INVALID_FIELD);
            assertThat(refused.field()).isEqualTo(field);
            assertThat(refused.message()).contains('"' + value + '"');
            assertThat(refused.job()).isNotNull();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "ce_specversion, 1.0",
        "ce_specversion, 1.1",
        "ce_type, dev.renderfleet.render.job.v1",
        "foo, bar",
        "content-type, text/plain"
    })
    void acceptsOtherHeaders(String header, String value) {
        assertThat(codec.decode(Golden.bytes("job-minimal"), Map.of(header, value)))
                .isInstanceOf(DecodedJob.Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/cloudevents+json", "Application/CloudEvents+JSON; charset=UTF-8"})
    void unwrapsStructuredMode(String contentType) {
        DecodedJob decoded = structured(contentType, "1.0", CloudEvents.JOB_TYPE, Golden.text("job-full"));

        assertThat(decoded).isEqualTo(codec.decode(Golden.bytes("job-full")));
    }

    /** A stock producer, a bridge or a REST proxy may drop the header. */
    @Test
    void unwrapsStructuredModeWithoutItsContentType() {
        DecodedJob job = codec.decode(Golden.bytes("job-full"));

        assertThat(structured(null, "1.0", CloudEvents.JOB_TYPE, Golden.text("job-full")))
                .isEqualTo(job);
        assertThat(structured("application/json", "1.0", CloudEvents.JOB_TYPE, Golden.text("job-full")))
                .isEqualTo(job);
    }

    /** An encoder without a JSON library for the data, or one that takes them for bytes. */
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "application/cloudevents+json")
    void readsDataAsTextAndAsBase64(@Nullable String contentType) {
        DecodedJob job = codec.decode(Golden.bytes("job-full"));
        String text = TextNode.valueOf(Golden.text("job-full")).toString();
        String base64 = Base64.getEncoder().encodeToString(Golden.bytes("job-full"));
        String urlSafe = Base64.getUrlEncoder().withoutPadding().encodeToString(Golden.bytes("job-full"));

        assertThat(structured(contentType, "1.0", CloudEvents.JOB_TYPE, text)).isEqualTo(job);
        assertThat(structured(contentType, "1.0", CloudEvents.JOB_TYPE, "null,\"data_base64\":\"" + base64 + "\""))
                .isEqualTo(job);
        assertThat(structured(contentType, "1.0", CloudEvents.JOB_TYPE, "null,\"data_base64\":\"" + urlSafe + "\""))
                .isEqualTo(job);
    }

    @Test
    void refusesDataThatAreNoJobAndFindsTheirOwner() {
        String type = CloudEvents.JOB_TYPE;

        assertRefused(structured(null, "1.0", type, "\"text\""), "data", false);
        assertRefused(structured(null, "1.0", type, "null,\"data_base64\":\"?\""), "data_base64", false);
        assertRefused(structured(null, "1.0", type, "null,\"data_base64\":7"), "data_base64", false);
        assertRefused(structured(null, "2.0", type, Golden.text("job-minimal")), "specversion", true);
        String broken = Golden.text("job-minimal").replace("\"A red", "7,\"A red");
        assertRefused(structured(null, "1.0", type, TextNode.valueOf(broken).toString()), "data", true);
    }

    /** A job's own unknown fields may have these names. */
    @Test
    void aPlainJobWithAFieldOfTheEnvelopeIsAJob() {
        assertThat(codec.decode(Golden.jobWith("'specversion':'1.0','data':{'a':1}")))
                .isInstanceOf(DecodedJob.Accepted.class);
    }

    @Test
    void judgesTheEnvelopeOfStructuredMode() {
        String type = "application/cloudevents+json";
        String job = Golden.text("job-minimal");

        assertRefused(structured(type, "0.3", CloudEvents.JOB_TYPE, job), "specversion", true);
        assertRefused(structured(type, "1.0", "other", job), "type", true);
        assertRefused(structured(type, "1.0", CloudEvents.JOB_TYPE, "\"text\""), "data", false);
        assertRefused(structured(type, "1.0", CloudEvents.JOB_TYPE, job.replace("\"A red", "7,\"A red")), null, true);
        assertRefused(codec.decode(Golden.bytes("job-minimal"), Map.of("content-type", type)), "specversion", false);
    }

    private static void assertRefused(DecodedJob decoded, @Nullable String field, boolean hasOwner) {
        assertThat(decoded).isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
            assertThat(refused.field()).isEqualTo(field);
            assertThat(refused.job() != null).isEqualTo(hasOwner);
        });
    }

    private DecodedJob structured(@Nullable String contentType, String version, String type, String data) {
        String event = "{\"specversion\":\"%s\",\"id\":\"1\",\"source\":\"/shop\",\"type\":\"%s\",\"data\":%s}"
                .formatted(version, type, data);
        return codec.decode(
                event.getBytes(StandardCharsets.UTF_8),
                contentType == null ? Map.of() : Map.of("content-type", contentType));
    }
}
