package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.renderfleet.contracts.event.EventParts;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.OnDependencyFailure;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Rendition;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.ThinkingLevel;
import dev.renderfleet.contracts.job.WireNamed;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the published schemas with the records and the codecs, in both directions. */
class SchemaTest {

    private static final Set<String> JOB_REF = components(EventParts.JobRef.class);

    private static final Map<String, JsonSchema> VALIDATORS = new ConcurrentHashMap<>();

    static JsonNode schema(String name) {
        return Golden.json(new String(Golden.resource("/schemas/" + name + ".v1.json"), StandardCharsets.UTF_8));
    }

    static List<String> violations(String name, JsonNode message) {
        JsonSchema schema = VALIDATORS.computeIfAbsent(name, SchemaTest::validator);
        return schema.validate(message).stream().map(Object::toString).toList();
    }

    private static JsonSchema validator(String name) {
        SchemaValidatorsConfig config =
                SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
        return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(schema(name), config);
    }

    static Set<String> components(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(JsonNode object) {
        return object.propertyStream().map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void theJobHasTheRecordsComponents() {
        JsonNode schema = schema("render-job");
        Set<String> components = components(RenderJob.class);
        components.remove("unknownFields");

        assertThat(names(schema.get("properties"))).isEqualTo(components);
        assertPartsMatch(
                schema,
                List.of(Routing.class, Reference.class, Output.class, Rendition.class, Grounding.class, Budget.class));
    }

    @Test
    void theEventsHaveTheRecordsComponents() {
        assertEventMatches(
                "render-completed",
                RenderCompleted.class,
                Set.of(),
                List.of(
                        EventParts.Image.class,
                        EventParts.RenditionFile.class,
                        EventParts.ModelChoice.class,
                        EventParts.Attempt.class,
                        EventParts.Usage.class,
                        EventParts.Cost.class,
                        EventParts.Latency.class,
                        EventParts.Provenance.class,
                        EventParts.ParentEdit.class,
                        EventParts.SearchResults.class,
                        EventParts.SearchSource.class));
        assertEventMatches(
                "render-failed",
                RenderFailed.class,
                Set.of(),
                List.of(EventParts.Attempt.class, EventParts.Usage.class, EventParts.Cost.class));
        // Derived from the code; on the wire so that consumers need no list.
        assertEventMatches("render-rejected", RenderRejected.class, Set.of("retryable"), List.of());
        assertEventMatches(
                "render-canceled",
                RenderCanceled.class,
                Set.of(),
                List.of(EventParts.Attempt.class, EventParts.Cost.class));
    }

    @Test
    void signalsHaveTheRecordsComponents() {
        assertSignalMatches("signal-hold", Hold.class, Set.of());
        assertSignalMatches("signal-provider-hold", ProviderHold.class, Set.of("refusedSince"));
        assertSignalMatches("signal-fleet", FleetSetup.class, Set.of("movedFrom", "providers", "withdrawn"));
        assertSignalMatches("signal-cancel", Cancel.class, Set.of());
    }

    private static void assertSignalMatches(String name, Class<? extends Record> type, Set<String> optional) {
        Set<String> expected = components(type);
        expected.add("signal");
        JsonNode schema = schema(name);
        assertThat(names(schema.get("properties"))).isEqualTo(expected);
        expected.removeAll(optional);
        assertThat(strings(schema.get("required"))).containsExactlyInAnyOrderElementsOf(expected);
        assertPartsMatch(schema, List.of());
    }

    private static void assertEventMatches(
            String name, Class<? extends Record> type, Set<String> derived, List<Class<? extends Record>> parts) {
        Set<String> expected = components(type);
        expected.remove("job");
        expected.addAll(JOB_REF);
        expected.add("outcome");
        expected.addAll(derived);

        JsonNode schema = schema(name);
        assertThat(names(schema.get("properties"))).as(name).isEqualTo(expected);
        assertPartsMatch(schema, parts);
    }

    private static void assertPartsMatch(JsonNode schema, List<Class<? extends Record>> parts) {
        Set<String> defined = names(schema.path("$defs"));
        defined.remove("FailureCode");
        assertThat(defined).isEqualTo(parts.stream().map(Class::getSimpleName).collect(Collectors.toSet()));
        for (Class<? extends Record> part : parts) {
            JsonNode properties = schema.get("$defs").get(part.getSimpleName()).get("properties");
            assertThat(names(properties)).as(part.getSimpleName()).isEqualTo(components(part));
        }
    }

    @Test
    void enumsHaveTheConstants() {
        JsonNode job = schema("render-job");

        assertThat(strings(job.at("/properties/thinking/enum"))).isEqualTo(wireNames(ThinkingLevel.values()));
        assertThat(strings(job.at("/properties/onUnknown/enum"))).isEqualTo(wireNames(OnUnknown.values()));
        assertThat(strings(job.at("/properties/onDependencyFailure/enum")))
                .isEqualTo(wireNames(OnDependencyFailure.values()));
        assertThat(strings(job.at("/$defs/Routing/properties/preference/enum")))
                .isEqualTo(wireNames(Routing.Preference.values()));
        assertThat(strings(job.at("/$defs/Routing/properties/fallback/enum")))
                .isEqualTo(wireNames(Routing.Fallback.values()));
        assertThat(strings(job.at("/$defs/Reference/properties/role/enum")))
                .isEqualTo(wireNames(ReferenceRole.values()));
        assertThat(strings(job.at("/$defs/Output/properties/size/enum"))).isEqualTo(wireNames(OutputSize.values()));
        assertThat(strings(job.at("/$defs/Output/properties/format/enum"))).isEqualTo(wireNames(ImageFormat.values()));
        assertThat(strings(job.at("/$defs/Output/properties/quality/enum"))).isEqualTo(wireNames(Quality.values()));
        assertThat(strings(job.at("/$defs/Output/properties/background/enum")))
                .isEqualTo(wireNames(Background.values()));
        assertThat(strings(job.at("/$defs/Rendition/properties/format/enum")))
                .isEqualTo(wireNames(ImageFormat.values()));
        List<String> codes =
                FailureCode.published().stream().map(FailureCode::wireName).toList();
        assertThat(strings(schema("render-failed").at("/$defs/FailureCode/anyOf/0/enum")))
                .isEqualTo(codes);
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::textValue).toList();
    }

    private static List<String> wireNames(WireNamed... constants) {
        return Arrays.stream(constants).map(WireNamed::wireName).toList();
    }

    @Test
    void limitsAreTheReaders() {
        JsonNode job = schema("render-job");
        Map<String, Long> limits = new HashMap<>();
        limits.put("/properties/idempotencyKey/maxLength", (long) TextRules.KEY_CHARS_MAX);
        limits.put("/properties/batchId/maxLength", (long) TextRules.KEY_CHARS_MAX);
        limits.put("/properties/prompt/oneOf/0/maxLength", (long) TextRules.PROMPT_CHARS_MAX);
        limits.put("/properties/prompt/oneOf/2/properties/variables/maxProperties", (long)
                PromptReader.VARIABLE_COUNT_MAX);
        limits.put("/properties/references/maxItems", (long) AddressReader.REFERENCE_COUNT_MAX);
        limits.put("/properties/dependsOn/maxItems", (long) JobReader.DEPENDENCY_COUNT_MAX);
        limits.put("/properties/labels/maxProperties", (long) JobReader.LABEL_COUNT_MAX);
        limits.put("/properties/labels/additionalProperties/maxLength", (long) TextRules.LABEL_VALUE_CHARS_MAX);
        limits.put("/properties/priority/maximum", (long) JobReader.PRIORITY_MAX);
        limits.put("/properties/priority/default", (long) RenderJob.PRIORITY_DEFAULT);
        limits.put("/properties/seed/maximum", JobReader.INTEGER_MAX);
        limits.put("/properties/seed/minimum", -JobReader.INTEGER_MAX);
        limits.put("/properties/callback/maxLength", (long) AddressRules.URI_CHARS_MAX);
        limits.put("/$defs/Reference/properties/uri/maxLength", (long) AddressRules.URI_CHARS_MAX);
        limits.put("/$defs/Routing/properties/requirements/maxItems", (long) JobReader.REQUIREMENT_COUNT_MAX);
        limits.put("/$defs/Output/properties/count/maximum", (long) OutputReader.IMAGE_COUNT_MAX);
        limits.put("/$defs/Output/properties/renditions/maxItems", (long) OutputReader.RENDITION_COUNT_MAX);
        limits.put("/$defs/Rendition/properties/width/maximum", (long) OutputReader.RENDITION_PIXELS_MAX);

        limits.forEach((pointer, limit) ->
                assertThat(job.at(pointer).longValue()).as(pointer).isEqualTo(limit));
    }

    @Test
    void sharedPartsAreTheSameInEveryFile() {
        Map<String, JsonNode> seen = new HashMap<>();
        for (String event : List.of(
                "render-completed",
                "render-failed",
                "render-rejected",
                "render-canceled",
                "signal-hold",
                "signal-provider-hold")) {
            schema(event)
                    .path("$defs")
                    .properties()
                    .forEach(part -> assertThat(part.getValue())
                            .as(event + " " + part.getKey())
                            .isEqualTo(seen.computeIfAbsent(part.getKey(), _ -> part.getValue())));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "render-job",
                "render-completed",
                "render-failed",
                "render-rejected",
                "render-canceled",
                "signal-hold",
                "signal-provider-hold",
                "signal-fleet",
                "signal-cancel"
            })
    void everyPropertyIsDescribedAndEveryExampleValid(String name) {
        List<String> silent = new ArrayList<>();
        collectSilent(schema(name), name, silent);

        assertThat(silent).isEmpty();
        assertThat(schema(name).get("examples"))
                .isNotEmpty()
                .allSatisfy(example -> assertThat(violations(name, example)).isEmpty());
        assertThat(schema(name).get("$id").textValue()).endsWith("/" + name + ".v1.json");
    }

    private static void collectSilent(JsonNode node, String path, List<String> silent) {
        // "properties" of a schema, not a property of that name: those are objects too, but described.
        node.path("properties").properties().forEach(property -> {
            if (property.getValue().path("description").asText().isBlank()) {
                silent.add(path + "." + property.getKey());
            }
        });
        node.properties().stream()
                .filter(field -> !field.getKey().equals("examples"))
                .forEach(field -> collectSilent(field.getValue(), path + "." + field.getKey(), silent));
        node.valueStream().filter(_ -> node.isArray()).forEach(element -> collectSilent(element, path, silent));
    }

    static Stream<String> jobs() {
        return Stream.concat(Golden.JOBS.stream(), Stream.of("job-spelled-out-defaults"))
                .filter(name -> !name.equals("job-unknown-fields"));
    }

    /** The reader carries them; a validator finds the misspelt name. */
    @Test
    void unknownFieldsAreValidAtTheTopOnly() {
        assertThat(violations("render-job", Golden.json(Golden.text("job-unknown-fields"))))
                .hasSizeGreaterThanOrEqualTo(4);
        String top = new String(Golden.jobWith("'zoom':2"), StandardCharsets.UTF_8);
        assertThat(violations("render-job", Golden.json(top))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void goldenJobsAreValidBeforeAndAfter(String name) {
        var accepted = (DecodedJob.Accepted) new JobCodec().decode(Golden.bytes(name));
        byte[] encoded = new JobCodec().encode(accepted.job());

        assertThat(violations("render-job", withoutNulls(Golden.json(Golden.text(name)))))
                .isEmpty();
        assertThat(violations("render-job", Golden.json(new String(encoded, StandardCharsets.UTF_8))))
                .isEmpty();
    }

    private static JsonNode withoutNulls(JsonNode job) {
        ((ObjectNode) job).properties().removeIf(field -> field.getValue().isNull());
        return job;
    }

    @ParameterizedTest
    @CsvSource({
        "event-completed, render-completed",
        "event-failed, render-failed",
        "event-failed-quarantined, render-failed",
        "event-failed-edit, render-failed",
        "event-rejected, render-rejected",
        "event-rejected-dependency, render-rejected",
        "event-canceled, render-canceled"
    })
    void goldenEventsAreValidBeforeAndAfter(String golden, String name) {
        byte[] encoded = new EventCodec().encode(new EventCodec().decode(Golden.bytes(golden)));

        assertThat(violations(name, Golden.json(Golden.text(golden)))).isEmpty();
        assertThat(violations(name, Golden.json(new String(encoded, StandardCharsets.UTF_8))))
                .isEmpty();
    }

    @ParameterizedTest
    @FieldSource("dev.renderfleet.contracts.wire.Golden#SIGNALS")
    void goldenSignalsAreValidBeforeAndAfter(String golden) {
        var read = (DecodedSignal.Understood) new SignalCodec().decode(Golden.bytes(golden));
        byte[] encoded = new SignalCodec().encode(read.signal());
        String name = "signal-" + read.signal().name();

        assertThat(violations(name, Golden.json(Golden.text(golden)))).isEmpty();
        assertThat(violations(name, Golden.json(new String(encoded, StandardCharsets.UTF_8))))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.renderfleet.contracts.wire.SignalCodecTest#brokenRules")
    void refusesTheHoldThatTheReaderRefuses(String field, String value, String words) {
        ObjectNode hold = (ObjectNode) Golden.json(Golden.text("signal-hold"));
        hold.set(field, Golden.json(value));

        assertThat(violations("signal-hold", hold)).as(field).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"event-failed, render-failed", "event-rejected, render-rejected", "signal-hold, signal-hold"})
    void staysValidWithACodeOfALaterVersion(String golden, String name) {
        ObjectNode event = (ObjectNode) Golden.json(Golden.text(golden));
        event.put(golden.equals("signal-hold") ? "reason" : "code", "moon_phase");

        assertThat(violations(name, event)).isEmpty();
    }

    /** The schema refuses what the reader refuses, except for rules that a schema cannot express. */
    @ParameterizedTest
    @MethodSource("dev.renderfleet.contracts.wire.JobRulesTest#brokenRules")
    void refusesWhatTheReaderRefuses(String fields, String field, String words) {
        Set<String> beyondASchema = Set.of(
                "place \"colour\"",
                "filled in",
                "same name",
                "its own",
                "itself",
                "BCP 47",
                "after notBefore",
                "public internet",
                "four decimal numbers",
                "password",
                "escaped",
                "control",
                "key of an object",
                "slash",
                "bucket's name",
                "escape",
                "1,024 bytes",
                "host",
                "fragment",
                "65535",
                "port",
                "empty",
                "with offset");
        if (beyondASchema.contains(words)) {
            return;
        }
        JsonNode job = Golden.json(new String(Golden.jobWith(fields), StandardCharsets.UTF_8));

        assertThat(violations("render-job", job)).as(field).isNotEmpty();
    }
}
