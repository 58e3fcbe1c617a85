package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.api.WaitExplainer.WhyAnswer;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.why.Cause;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.smallrye.openapi.api.SmallRyeOpenAPI;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.RecordComponentInfo;
import org.jspecify.annotations.Nullable;

/** Completes the description of the API at build: the schema of jobs, of causes, and what all operations may answer. */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ApiDescription implements OASFilter {

    private static final String JOB_SCHEMA = "/schemas/render-job.v1.json";
    private static final DotName NULLABLE = DotName.createSimple(Nullable.class);

    private final IndexView classes;

    public ApiDescription(IndexView classes) {
        this.classes = classes;
    }

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Map<String, Schema> schemas = new TreeMap<>(api.getComponents().getSchemas());
        classes.getKnownClasses().stream()
                .filter(type -> type.isRecord() && schemas.containsKey(type.simpleName()))
                .forEach(type -> describe(type, Objects.requireNonNull(schemas.get(type.simpleName()))));
        schemas.putAll(jobSchemas());
        schemas.put("Cause", cause());
        schemas.put("JobState", text().enumeration(List.copyOf(JobState.wireNames())));
        Schema why = Objects.requireNonNull(schemas.get(WhyAnswer.class.getSimpleName()));
        Objects.requireNonNull(why.getProperties().get("causes"))
                .items(OASFactory.createSchema().ref("Cause"));
        api.getComponents().setSchemas(schemas);
        api.getPaths()
                .getPathItems()
                .values()
                .forEach(path -> path.getOperations().values().forEach(ApiDescription::addFaults));
    }

    /** Answers have the components of their records; those that are not nullable are always there, and what is null is left out. */
    private static void describe(ClassInfo type, Schema schema) {
        Map<String, Schema> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponentInfo component : type.recordComponentsInDeclarationOrder()) {
            properties.put(
                    component.name(),
                    Objects.requireNonNull(schema.getProperties().get(component.name())));
            if (!component.type().hasAnnotation(NULLABLE)) {
                required.add(component.name());
            }
        }
        schema.setProperties(properties);
        if (schema.getRequired() == null && !required.isEmpty()) {
            schema.setRequired(required);
        }
    }

    /** The published schema of a job, and what it refers to. */
    private static Map<String, Schema> jobSchemas() {
        var json = new ObjectMapper();
        try (InputStream published = Objects.requireNonNull(JobCodec.class.getResourceAsStream(JOB_SCHEMA))) {
            String text = new String(published.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("#/$defs/", "#/components/schemas/");
            var job = (ObjectNode) json.readTree(text);
            var schemas = (ObjectNode) job.remove("$defs");
            job.remove(List.of("$schema", "$id"));
            schemas.set("RenderJob", job);
            ObjectNode document = json.createObjectNode().put("openapi", "3.1.0");
            document.putObject("components").set("schemas", schemas);
            byte[] bytes = json.writeValueAsBytes(document);
            return SmallRyeOpenAPI.builder()
                    .withCustomStaticFile(() -> new ByteArrayInputStream(bytes))
                    .enableStandardStaticFiles(false)
                    .enableAnnotationScan(false)
                    .enableModelReader(false)
                    .enableStandardFilter(false)
                    .build()
                    .model()
                    .getComponents()
                    .getSchemas();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The fields of all causes: which of them a cause has depends on its kind. */
    private static Schema cause() {
        Schema cause = OASFactory.createSchema()
                .addType(Schema.SchemaType.OBJECT)
                .description("Why a job waits: in a sentence, and the figures of that kind of cause")
                .addProperty("kind", text().description("Such as turn, hold, budget, dependency"))
                .addProperty("sentence", text())
                .required(List.of("kind", "sentence"));
        for (Class<?> kind : Cause.class.getPermittedSubclasses()) {
            for (RecordComponent field : kind.getRecordComponents()) {
                cause.addProperty(field.getName(), ofType(field.getType()));
            }
        }
        return cause;
    }

    private static Schema ofType(Class<?> type) {
        if (type == List.class) {
            return OASFactory.createSchema().addType(Schema.SchemaType.ARRAY).items(text());
        } else if (type == Instant.class) {
            return text().format("date-time");
        } else if (type == double.class) {
            return OASFactory.createSchema().addType(Schema.SchemaType.NUMBER).format("double");
        } else if (type.isPrimitive()) {
            return OASFactory.createSchema().addType(Schema.SchemaType.INTEGER).format("int64");
        }
        return text();
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }

    private static void addFaults(Operation operation) {
        APIResponses responses = operation.getResponses();
        responses.addAPIResponse("400", answer("BadRequest"));
        responses.addAPIResponse("403", answer("Forbidden"));
        responses.addAPIResponse("503", answer("Unavailable"));
        if (operation.getRequestBody() != null) {
            responses.addAPIResponse("415", answer("UnsupportedMediaType"));
        }
    }

    private static APIResponse answer(String name) {
        return OASFactory.createAPIResponse().ref(name);
    }
}
