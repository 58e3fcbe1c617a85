package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.renderfleet.contracts.event.RenderEvent;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compares the published AsyncAPI document with topics, headers and schemas. */
class AsyncApiTest {

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final JsonNode document = read();

    private static JsonNode read() {
        try {
            return new YAMLMapper().readTree(Golden.resource("/asyncapi.yaml"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = new ArrayList<>();
        collect(document, references);

        assertThat(document.get("asyncapi").textValue()).isEqualTo("3.0.0");
        assertThat(references).hasSizeGreaterThan(20).allSatisfy(reference -> {
            if (reference.startsWith("#")) {
                assertThat(document.at(reference.substring(1)).isMissingNode()).isFalse();
            } else {
                assertThat(Golden.resource("/" + reference)).isNotEmpty();
            }
        });
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.path("$ref").isTextual()) {
            references.add(node.get("$ref").textValue());
        }
        node.forEach(child -> collect(child, references));
    }

    @Test
    void channelsAreTheTopics() {
        Set<String> topics = Arrays.stream(Topics.class.getDeclaredFields())
                .filter(field -> Modifier.isPublic(field.getModifiers()))
                .map(AsyncApiTest::constant)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(document.get("channels")
                        .valueStream()
                        .map(channel -> channel.get("address").textValue()))
                .containsExactlyInAnyOrderElementsOf(topics);
    }

    @Test
    void everyChannelMessageAndHeaderIsDescribed() {
        assertThat(document.get("channels"))
                .allSatisfy(channel ->
                        assertThat(channel.get("description").textValue()).isNotBlank());
        assertThat(document.at("/components/messages"))
                .allSatisfy(message ->
                        assertThat(message.get("summary").textValue()).isNotBlank());
        assertThat(document.at("/components/schemas"))
                .allSatisfy(headers -> assertThat(headers.get("properties"))
                        .allSatisfy(
                                header -> assertThat(header.get("description").textValue())
                                        .isNotBlank()));
    }

    @Test
    void eventHeadersAreThoseThatAreWritten() {
        RenderEvent replay = new EventCodec().decode(Golden.bytes("event-failed"));
        Map<String, String> written = CloudEvents.ofEvent(replay, "render.jobs/0/7", "/worker", Instant.EPOCH, TRACE);

        JsonNode headers = document.at("/components/schemas/EventHeaders/properties");
        assertThat(names(headers)).isEqualTo(new TreeSet<>(written.keySet()));
        assertThat(headers.at("/content-type/const").textValue()).isEqualTo(written.get("content-type"));
        assertThat(written.get("ce_id")).matches(headers.at("/ce_id/pattern").textValue());
        assertThat(headers.at("/ce_type/enum").valueStream().map(JsonNode::textValue))
                .containsExactlyElementsOf(Golden.EVENTS.stream()
                        .map(name -> CloudEvents.type(new EventCodec().decode(Golden.bytes(name))))
                        .toList());
    }

    @Test
    void jobHeadersAreThoseThatAreWritten() {
        var accepted = (DecodedJob.Accepted) new JobCodec().decode(Golden.bytes("job-full"));
        Map<String, String> written = CloudEvents.ofJob(accepted.job(), "/shop", Instant.EPOCH, TRACE);

        JsonNode headers = document.at("/components/schemas/JobHeaders/properties");
        Set<String> known = new TreeSet<>(written.keySet());
        known.add(CloudEvents.REPLAY);
        assertThat(names(headers)).isEqualTo(known);
        assertThat(headers.at("/ce_type/const").textValue()).isEqualTo(CloudEvents.JOB_TYPE);
    }

    @Test
    void signalHeadersAreThoseThatAreWritten() {
        var hold = (DecodedSignal.Understood) new SignalCodec().decode(Golden.bytes("signal-hold"));
        Map<String, String> written = CloudEvents.ofSignal(hold.signal(), "/worker", Instant.EPOCH);

        JsonNode headers = document.at("/components/schemas/SignalHeaders/properties");
        assertThat(names(headers)).isEqualTo(new TreeSet<>(written.keySet()));
        assertThat(headers.at("/ce_type/enum").valueStream().map(JsonNode::textValue))
                .contains(written.get("ce_type"))
                .containsExactlyInAnyOrder(
                        CloudEvents.HOLD_TYPE,
                        CloudEvents.PROVIDER_HOLD_TYPE,
                        CloudEvents.FLEET_TYPE,
                        CloudEvents.CANCEL_TYPE);
        assertThat(headers.at("/content-type/const").textValue()).isEqualTo(written.get("content-type"));
    }

    @Test
    void deadLetterHeadersAreThoseThatAreWritten() {
        var refused = (DecodedJob.Refused) new JobCodec().decode(Golden.jobWith("'priority':10"));

        assertThat(names(document.at("/components/schemas/DeadLetterHeaders/properties")))
                .isEqualTo(new TreeSet<>(DeadLetters.NAMES))
                .containsAll(DeadLetters.headers(refused, Topics.JOBS, 0, 0, Integer.MAX_VALUE)
                        .keySet());
    }

    @Test
    void messagesAreNamedByTheirType() {
        assertThat(document.at("/components/messages")
                        .valueStream()
                        .map(message -> message.get("name").textValue()))
                .contains(
                        CloudEvents.JOB_TYPE,
                        CloudEvents.HOLD_TYPE,
                        CloudEvents.PROVIDER_HOLD_TYPE,
                        CloudEvents.FLEET_TYPE)
                .containsAll(Golden.EVENTS.stream()
                        .map(name -> CloudEvents.type(new EventCodec().decode(Golden.bytes(name))))
                        .toList());
    }

    private static Set<String> names(JsonNode object) {
        return object.propertyStream().map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String constant(java.lang.reflect.Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
