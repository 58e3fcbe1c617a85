package dev.renderfleet.worker.providers.comfy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComfyWorkflowTest {

    private static final UUID TASK = UUID.fromString("11111111-2222-3333-8444-555555555555");

    @Test
    void theBuiltInWorkflowDrawsTextWithTheCheckpointOfTheModel() {
        JsonNode graph = ComfyWorkflow.builtIn().of(TASK, request("a \"red\" lamp\n{{seed}} $1", 7L), List.of());

        assertThat(graph.at("/1/inputs/ckpt_name").textValue()).isEqualTo("sdxl.safetensors");
        // What looks like a placeholder in a prompt is a prompt.
        assertThat(graph.at("/2/inputs/text").textValue()).isEqualTo("a \"red\" lamp\n{{seed}} $1");
        assertThat(graph.at("/4/inputs/width")).isEqualTo(number(1376));
        assertThat(graph.at("/4/inputs/height")).isEqualTo(number(768));
        assertThat(graph.at("/4/inputs/batch_size")).isEqualTo(number(2));
        assertThat(graph.at("/5/inputs/seed").isIntegralNumber()).isTrue();
        assertThat(graph.at("/5/inputs/seed").longValue()).isEqualTo(7);
        assertThat(graph.at("/5/inputs/cfg").doubleValue()).isEqualTo(7.0);
        assertThat(graph.at("/7/inputs/filename_prefix").textValue()).isEqualTo("renderfleet/" + TASK);
    }

    private static JsonNode number(int value) {
        return IntNode.valueOf(value);
    }

    @Test
    void aJobWithoutASeedGetsOneOfItsTask() {
        ComfyWorkflow workflow = ComfyWorkflow.builtIn();
        DrawRequest request = request("a lamp", null);

        assertThat(seed(workflow.of(TASK, request, List.of())))
                .isEqualTo(seed(workflow.of(TASK, request, List.of())))
                .isNotEqualTo(seed(workflow.of(UUID.randomUUID(), request, List.of())))
                .isNotNegative();
        assertThat(seed(workflow.of(TASK, request("a lamp", -1L), List.of()))).isNotNegative();
    }

    private static long seed(JsonNode graph) {
        return graph.at("/5/inputs/seed").longValue();
    }

    @Test
    void bindsReferencesInTheirOrderAndTheMaskLast() {
        var inpaint = ComfyImageProviderTest.workflow("inpaint");
        var photo = new ReferencePicture(Path.of("p"), "image/png", 1, ReferenceRole.PRODUCT);
        var mask = new ReferencePicture(Path.of("m"), "image/png", 1, ReferenceRole.MASK);
        DrawRequest request = request("a lamp", null, mask, photo);

        assertThat(inpaint.objection(request)).isNull();
        assertThat(ComfyWorkflow.references(request)).containsExactly(photo, mask);
        JsonNode graph = inpaint.of(TASK, request, List.of("photo.png", "mask.png"));
        assertThat(graph.at("/2/inputs/image").textValue()).isEqualTo("photo.png");
        assertThat(graph.at("/3/inputs/image").textValue()).isEqualTo("mask.png");
    }

    @Test
    void refusesOtherReferencesThanItTakes() {
        var photo = new ReferencePicture(Path.of("p"), "image/png", 1, ReferenceRole.PRODUCT);
        var mask = new ReferencePicture(Path.of("m"), "image/png", 1, ReferenceRole.MASK);

        assertThat(ComfyWorkflow.builtIn().objection(request("a", null, photo)))
                .isEqualTo("the workflow takes 0 reference images, not 1");
        assertThat(ComfyImageProviderTest.workflow("inpaint").objection(request("a", null, photo)))
                .isEqualTo("the workflow takes one mask, not 0");
        assertThat(ComfyImageProviderTest.workflow("two-images").objection(request("a", null, photo, photo, mask)))
                .isEqualTo("the workflow takes no mask, not 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | is no JSON object with nodes",
                "{} | is no JSON object with nodes",
                "{\"nodes\":[]} | is not in API format: node nodes has no class_type",
                "{\"1\":{\"class_type\":\"X\",\"inputs\":{\"a\":\"{{promt}}\"}}} | {{promt}}",
                "{\"1\":{\"class_type\":\"X\",\"inputs\":{\"a\":\"{{image2}}\"}}} | {{image2}}"
            })
    void saysWhatIsWrongWithAWorkflow(String json, String problem) {
        assertThatThrownBy(() -> ComfyWorkflow.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void namesTheFileThatIsWrong(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "none");
        assertThat(ComfyWorkflow.readAll(folder)).isEmpty();
        Path wrong = Files.writeString(folder.resolve("packshot.json"), "{\"1\":");

        assertThatThrownBy(() -> ComfyWorkflow.readAll(folder)).hasMessageContaining(wrong + " is no JSON");
    }

    private static DrawRequest request(String prompt, @Nullable Long seed, ReferencePicture... references) {
        return new DrawRequest(
                "sdxl",
                prompt,
                Stream.of(references).toList(),
                Output.of("16:9", OutputSize.K1).times(2),
                null,
                null,
                seed,
                null,
                Duration.ofMinutes(2),
                "job-1/1");
    }
}
