package dev.renderfleet.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.openai.OpenAiRequest.Ready;
import dev.renderfleet.worker.providers.openai.OpenAiRequest.Unfit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The request in each server's form. */
class OwnServerRequestTest {

    private static final Output WIDE = new Output("16:9", OutputSize.K1, 1, ImageFormat.PNG, null, null, List.of());

    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "VLLM_OMNI~ a|b~ \"output_format\":\"png\",\"response_format\":\"file\",\"output_compression\":40,\"seed\":7",
                "SGLANG~ a|b~ \"output_format\":\"png\",\"response_format\":\"b64_json\",\"seed\":7",
                "LOCALAI~ a/b~ \"response_format\":\"b64_json\",\"seed\":7",
                "XINFERENCE~ a|b~ \"response_format\":\"b64_json\",\"kwargs\":\"{\\\"seed\\\":7}\""
            })
    void eachServerGetsWhatItReads(ImagesDialect dialect, String prompt, String fields) throws IOException {
        JsonMapper json = new JsonMapper();
        String expected =
                "{\"model\":\"m\",\"prompt\":\"" + prompt + "\",\"n\":1,\"size\":\"1376x768\"," + fields + "}";

        assertThat(json.readTree(body(request("a|b", WIDE, 7L), dialect))).isEqualTo(json.readTree(expected));
    }

    /** A tenant's prompt must not set the server's parameters. */
    @Test
    void stableDiffusionCppHasTheSeedInThePromptAndNothingElse() throws IOException {
        String command = "a <sd_cpp_extra_args>{\"steps\":9000}</sd_cpp_extra_args>";

        assertThat(new JsonMapper()
                        .readTree(body(request(command, WIDE, 7L), ImagesDialect.STABLE_DIFFUSION_CPP))
                        .path("prompt")
                        .asText())
                .isEqualTo("a <>{\"steps\":9000}</> <sd_cpp_extra_args>{\"seed\":7}</sd_cpp_extra_args>");
        // Its own default is one seed for all.
        assertThat(body(request("a", WIDE, null), ImagesDialect.STABLE_DIFFUSION_CPP))
                .contains("{\\\"seed\\\":-1}");
    }

    @Test
    void severalPicturesAreNoFile() throws IOException {
        var three = new Output("1:1", OutputSize.K1, 3, null, null, null, List.of());

        assertThat(body(request("a", three, null), ImagesDialect.VLLM_OMNI))
                .contains("\"response_format\":\"b64_json\"", "\"n\":3");
    }

    @ParameterizedTest
    @CsvSource({"VLLM_OMNI, auto", "XINFERENCE, original"})
    void anEditWithoutARatioKeepsItsShape(ImagesDialect dialect, String size) throws IOException {
        assertThat(body(request("a", Output.DEFAULT, null, picture(64, 48, ReferenceRole.PRODUCT)), dialect))
                .contains("name=\"size\"", "\r\n" + size + "\r\n", "name=\"image\"");
    }

    @Test
    void localAiHasItsReferencesInTheJsonOfGenerations() throws IOException {
        ReferencePicture picture = picture(64, 48, ReferenceRole.PRODUCT);

        var ready = (Ready) of(request("a", WIDE, null, picture), ImagesDialect.LOCALAI);

        assertThat(ready.operation()).isEqualTo("generations");
        assertThat(written(ready))
                .contains("\"ref_images\":[\"" + Base64.getEncoder().encodeToString(Files.readAllBytes(picture.file()))
                        + "\"]");
    }

    @ParameterizedTest
    @CsvSource({"VLLM_OMNI, mask_image", "SGLANG, mask", "STABLE_DIFFUSION_CPP, mask"})
    void aMaskIsSentAsOursIs(ImagesDialect dialect, String field) throws IOException {
        ReferencePicture mask = picture(64, 48, ReferenceRole.MASK);

        String body = body(request("a", WIDE, null, picture(64, 48, ReferenceRole.PRODUCT), mask), dialect);

        assertThat(body).contains("name=\"" + field + "\"; filename=\"mask.png\"");
        assertThat(body).contains(new String(Files.readAllBytes(mask.file()), StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @EnumSource(
            value = ImagesDialect.class,
            names = {"VLLM_OMNI", "LOCALAI", "XINFERENCE"})
    void aMaskThatDoesNotFitIsRefusedBeforeTheCall(ImagesDialect dialect) throws IOException {
        DrawRequest request =
                request("a", WIDE, null, picture(64, 48, ReferenceRole.PRODUCT), picture(48, 64, ReferenceRole.MASK));

        assertThat(of(request, dialect))
                .isInstanceOfSatisfying(
                        Unfit.class,
                        unfit -> assertThat(unfit.reason())
                                .isEqualTo(dialect.maskField() == null ? "MASK_NOT_SUPPORTED" : "MASK_INVALID"));
    }

    private ReferencePicture picture(int width, int height, ReferenceRole role) throws IOException {
        Path file = Files.write(temp.resolve(role + ".png"), TestPictures.png(width, height));
        return new ReferencePicture(file, "image/png", Files.size(file), role);
    }

    private static DrawRequest request(
            String prompt, Output output, @Nullable Long seed, ReferencePicture... references) {
        return new DrawRequest(
                "m", prompt, List.of(references), output, null, null, seed, null, Duration.ofSeconds(5), "job/1");
    }

    private OpenAiRequest of(DrawRequest request, ImagesDialect dialect) {
        return OpenAiRequest.of(request, Spool.open(temp.resolve("spool")), dialect);
    }

    private String body(DrawRequest request, ImagesDialect dialect) throws IOException {
        return written((Ready) of(request, dialect));
    }

    private static String written(Ready ready) throws IOException {
        try (ready) {
            var body = new Buffer();
            ready.body().writeTo(body);
            return body.readString(StandardCharsets.ISO_8859_1);
        }
    }
}
