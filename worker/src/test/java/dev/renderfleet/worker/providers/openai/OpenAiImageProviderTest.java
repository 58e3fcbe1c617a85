package dev.renderfleet.worker.providers.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import okhttp3.MediaType;
import okhttp3.MultipartReader;
import okhttp3.ResponseBody;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiImageProviderTest {

    private static final String KEY = "sk-test-key-that-must-never-show";
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final byte[] PICTURE = noise(70_001);
    private static final String USAGE = """
        "usage":{"input_tokens":1066,"input_tokens_details":{"text_tokens":10,"image_tokens":1056},"output_tokens":1760,\
        "output_tokens_details":{"image_tokens":1756,"text_tokens":4},"total_tokens":2826}\
        """;
    private static final Output PLAIN = Output.of("16:9", OutputSize.K1);

    @TempDir
    Path temp;

    private Path folder;
    private Spool spool;

    @BeforeEach
    void setUp() {
        folder = temp.resolve("spool");
        spool = Spool.open(folder);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String answer(byte[]... pictures) {
        var data = new StringBuilder();
        for (byte[] picture : pictures) {
            data.append(data.isEmpty() ? "" : ",")
                    .append("{\"b64_json\":\"")
                    .append(Base64.getEncoder().encodeToString(picture))
                    .append("\"}");
        }
        return "{\"created\":1,\"output_format\":\"webp\",\"data\":[" + data + "]," + USAGE + "}";
    }

    private OpenAiImageProvider provider(URI url) {
        return new OpenAiImageProvider(spool, url, KEY, WireLimits.DEFAULT, () -> NOW);
    }

    private static DrawRequest request(Output output, ReferencePicture... references) {
        return new DrawRequest(
                "gpt-image-2.6-flare",
                "a red lamp",
                List.of(references),
                output,
                null,
                null,
                null,
                null,
                Duration.ofSeconds(20),
                "job/1");
    }

    private ReferencePicture reference(String name, byte[] bytes, String mime, ReferenceRole role) throws IOException {
        Path file = Files.write(temp.resolve(name), bytes);
        return new ReferencePicture(file, mime, bytes.length, role);
    }

    /** Draws once; the server sees one request, and a failure leaves no file and no key. */
    private ModelAnswer draw(ScriptedServer server, DrawRequest request) {
        ModelAnswer answer = provider(server.url()).draw(request, TaskLog.NONE);
        assertThat(server.requests()).as("requests").isEqualTo(1);
        assertThat(answer.toString()).doesNotContain(KEY);
        if (answer instanceof NotDrawn) {
            assertThat(SpoolFolders.files(folder)).isEmpty();
        }
        return answer;
    }

    private NotDrawn refused(Script script) {
        try (var server = new ScriptedServer(script)) {
            return (NotDrawn) draw(server, request(PLAIN));
        }
    }

    @Test
    void aJobWithoutReferencesIsAGeneration() throws Exception {
        var output =
                new Output("16:9", OutputSize.K1, 2, ImageFormat.WEBP, Quality.HIGH, Background.TRANSPARENT, List.of());
        try (var server =
                        new ScriptedServer(ScriptedServer.says(200, answer(PICTURE, noise(9)), "x-request-id: req_1"));
                var drawn = (Drawn) draw(server, request(output))) {
            assertThat(drawn.pictures()).hasSize(2);
            assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(PICTURE);
            assertThat(drawn.pictures().get(1).file().path()).hasBinaryContent(noise(9));
            assertThat(drawn.pictures().getFirst().claimedMime()).isEqualTo("image/webp");
            assertThat(drawn.usage()).isEqualTo(new Usage(1_066, 1_760, 0, 2_826, 1_756L, 1_056L));
            assertThat(drawn.responseId()).isEqualTo("req_1");

            assertThat(server.last().line()).isEqualTo("POST /v1/images/generations HTTP/1.1");
            assertThat(server.last().headers())
                    .containsEntry("Authorization", "Bearer " + KEY)
                    .hasEntrySatisfying("Content-Type", type -> assertThat(type).startsWith("application/json"));
            // No response_format and no style, which the API refuses.
            assertThat(new JsonMapper().readTree(server.last().body())).isEqualTo(new JsonMapper().readTree("""
                {"model":"gpt-image-2.6-flare","prompt":"a red lamp","n":2,"size":"1360x768","quality":"high",
                 "background":"transparent","output_format":"webp"}\
                """));
        }
        assertThat(SpoolFolders.files(folder)).isEmpty();
    }

    @Test
    void whatTheJobLeavesOpenIsNotSent() throws Exception {
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)));
                var _ = (Drawn) draw(server, request(Output.DEFAULT))) {
            assertThat(new JsonMapper().readTree(server.last().body())).isEqualTo(new JsonMapper().readTree("""
                {"model":"gpt-image-2.6-flare","prompt":"a red lamp","n":1,"size":"auto"}\
                """));
        }
    }

    private record Part(String headers, ByteString content) {}

    /** By field, in order: name of the field, then its parts. */
    private static Map<String, List<Part>> parts(ScriptedServer.Request request) throws IOException {
        Map<String, List<Part>> parts = new TreeMap<>();
        var body = ResponseBody.create(
                request.bytes(), MediaType.get(requireNonNull(request.headers().get("Content-Type"))));
        try (var reader = new MultipartReader(body)) {
            for (var part = reader.nextPart(); part != null; part = reader.nextPart()) {
                String name = requireNonNull(part.headers().get("Content-Disposition"))
                        .replaceFirst(".* name=\"([^\"]*)\".*", "$1");
                parts.computeIfAbsent(name, _ -> new ArrayList<>())
                        .add(new Part(part.headers().toString(), part.body().readByteString()));
            }
        }
        return parts;
    }

    @Test
    void oneReferenceIsAnEditWithAFileOfItsRealType() throws Exception {
        byte[] jpeg = noise(200_000);
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)));
                var _ = (Drawn)
                        draw(server, request(PLAIN, reference("a", jpeg, "image/jpeg", ReferenceRole.PRODUCT)))) {
            var parts = parts(server.last());

            assertThat(server.last().line()).isEqualTo("POST /v1/images/edits HTTP/1.1");
            assertThat(server.last().headers()).containsKey("Content-Length").doesNotContainKey("Transfer-Encoding");
            assertThat(parts).containsOnlyKeys("model", "prompt", "n", "size", "image");
            assertThat(requireNonNull(parts.get("prompt")).getFirst().content().utf8())
                    .isEqualTo("Image 1 is the product, to be shown exactly as it is.\n\na red lamp");
            Part image = requireNonNull(parts.get("image")).getFirst();
            assertThat(image.headers()).contains("filename=\"reference-1.jpeg\"", "Content-Type: image/jpeg");
            assertThat(image.content()).isEqualTo(ByteString.of(jpeg));
        }
    }

    @Test
    void severalReferencesAreAList() throws Exception {
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)));
                var _ = (Drawn) draw(
                        server,
                        request(
                                PLAIN,
                                reference("a", noise(5), "image/png", ReferenceRole.PRODUCT),
                                reference("b", noise(6), "image/webp", ReferenceRole.STYLE)))) {
            var parts = parts(server.last());

            assertThat(parts).containsOnlyKeys("model", "prompt", "n", "size", "image[]");
            assertThat(parts.get("image[]"))
                    .extracting(Part::content)
                    .containsExactly(ByteString.of(noise(5)), ByteString.of(noise(6)));
            assertThat(requireNonNull(parts.get("prompt")).getFirst().content().utf8())
                    .contains("Image 2 is the style");
        }
    }

    /** White at the left, black at the right, one grey pixel. */
    private static byte[] mask(int type, String format) throws IOException {
        var mask = new BufferedImage(64, 48, type);
        for (int y = 0; y < 48; y++) {
            for (int x = 0; x < 64; x++) {
                mask.setRGB(x, y, x < 32 ? 0xFFFFFFFF : 0xFF000000);
            }
        }
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(mask, format, bytes);
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"10, png", "5, png", "6, png", "12, png", "13, png", "5, jpeg"})
    void whatIsWhiteInTheMaskIsTransparentForTheApi(int type, String format) throws Exception {
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)));
                var _ = (Drawn) draw(
                        server,
                        request(
                                PLAIN,
                                reference("m", mask(type, format), "image/" + format, ReferenceRole.MASK),
                                reference("a", TestPictures.png(64, 48), "image/png", ReferenceRole.PRODUCT)))) {
            var parts = parts(server.last());
            Part mask = requireNonNull(parts.get("mask")).getFirst();
            var decoded = ImageIO.read(new ByteArrayInputStream(mask.content().toByteArray()));

            assertThat(parts).containsKey("image").doesNotContainKey("image[]");
            assertThat(mask.headers()).contains("filename=\"mask.png\"", "Content-Type: image/png");
            assertThat(decoded.getWidth() + "x" + decoded.getHeight()).isEqualTo("64x48");
            assertThat(decoded.getRGB(3, 40) >>> 24).isLessThan(8);
            assertThat(decoded.getRGB(60, 5) >>> 24).isGreaterThan(247);
            assertThat(SpoolFolders.files(folder)).as("the picture").hasSize(1);
        }
    }

    @Test
    void anEditByUrlNamesPicturesAndMaskInJson() throws Exception {
        var store = new InMemoryObjectStore("renderfleet", () -> NOW);
        var signed = new ArrayList<String>();
        var lender = new PictureLender(store, (key, life) -> {
            signed.add(key + " for " + life);
            return "https://s3.example/" + signed.size() + "?X-Amz-Signature=0123";
        });
        byte[] mask = mask(BufferedImage.TYPE_BYTE_GRAY, "png");
        var edit = request(
                PLAIN,
                reference("m", mask, "image/png", ReferenceRole.MASK),
                reference("a", TestPictures.png(64, 48), "image/png", ReferenceRole.PRODUCT),
                reference("b", noise(6), "image/webp", ReferenceRole.STYLE));
        try (var server = new ScriptedServer((request, connection) -> {
                    assertThat(store.keys("lent/"))
                            .as("stored, among them the translated mask")
                            .hasSize(3);
                    ScriptedServer.says(200, answer(PICTURE)).answer(request, connection);
                });
                var _ = (Drawn) new OpenAiImageProvider(spool, server.url(), KEY, WireLimits.DEFAULT, () -> NOW, lender)
                        .draw(edit, TaskLog.NONE)) {
            assertThat(server.last().line()).isEqualTo("POST /v1/images/edits HTTP/1.1");
            var sent = (ObjectNode) new JsonMapper().readTree(server.last().body());
            assertThat(sent.remove("prompt").asText()).contains("Image 2 is the style", "a red lamp");
            assertThat(sent).isEqualTo(new JsonMapper().readTree("""
                {"model":"gpt-image-2.6-flare","n":1,"size":"1360x768",
                 "images":[{"image_url":"https://s3.example/1?X-Amz-Signature=0123"},
                           {"image_url":"https://s3.example/2?X-Amz-Signature=0123"}],
                 "mask":{"image_url":"https://s3.example/3?X-Amz-Signature=0123"}}\
                """));
        }
        assertThat(signed).hasSize(3).allMatch(line -> line.startsWith("lent/") && line.endsWith("for PT10M"));
        assertThat(store.keys("lent/")).isEmpty();
    }

    /** As providers may quote it: whole, escaped, encoded, or without its scheme. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Error while downloading https://s3.example/a?X-Amz-Credential=C0FFEE%2F20261130&X-Amz-Signature=5EC8E7.",
                "Error while downloading s3.example/a?X-Amz-Credential=C0FFEE%2F20261130&X-Amz-Signature=5EC8E7",
                "url=https%3A%2F%2Fs3.example%2Fa%3FX-Amz-Credential%3DC0FFEE%26X-Amz-Signature%3D5EC8E7",
                "https:\\/\\/s3.example\\/a?x-amz-credential=C0FFEE\\u0026x-amz-signature=5EC8E7"
            })
    void aSignatureIsNeverQuoted(String message) {
        for (String body :
                List.of("{\"error\":{\"code\":\"%1$s\",\"message\":\"%1$s\"}}".formatted(message), message)) {
            NotDrawn answer = refused(ScriptedServer.says(400, body));

            assertThat(answer.toString()).doesNotContain("5EC8E7", "C0FFEE");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {\"id\":\"m\",\"shutdown_date\":\"2027-02-01\"} | On[day=2027-02-01]",
                "200 | {\"shutdown_date\":\"2027-02-01T00:00:00Z\"} | On[day=2027-02-01]",
                "200 | {\"shutdown_date\":null} | None[]",
                "200 | {\"id\":\"m\"} | None[]",
                "200 | {\"shutdown_date\":1767225600} | Unread[reason=NO_DATE]",
                "200 | {\"shutdown_date\":{\"day\":\"soon\"}} | None[]",
                "200 | {\"shutdown_date\":\"soon\"} | Unread[reason=NO_DATE]",
                "200 | <html> | Unread[reason=NOT_AN_ANSWER]",
                "404 | {\"error\":{\"code\":\"model_not_found\"}} | Unread[reason=HTTP_404]",
                "500 | oops | Unread[reason=HTTP_500]"
            })
    void theShutdownDateIsReadTolerantly(int status, String json, String notice) {
        try (var server = new ScriptedServer(ScriptedServer.says(status, json))) {
            assertThat(provider(server.url()).shutdown("gpt-image-2").toString())
                    .isEqualTo(notice);
            assertThat(server.last().line()).isEqualTo("GET /v1/models/gpt-image-2 HTTP/1.1");
            assertThat(server.last().headers()).containsEntry("Authorization", "Bearer " + KEY);
        }
    }

    @Test
    void aMaskThatDoesNotFitIsRefusedBeforeTheCall() throws Exception {
        var mask = reference("m", mask(BufferedImage.TYPE_BYTE_GRAY, "png"), "image/png", ReferenceRole.MASK);
        var other = reference("a", TestPictures.png(64, 49), "image/png", ReferenceRole.PRODUCT);
        var same = reference("b", TestPictures.png(64, 48), "image/png", ReferenceRole.PRODUCT);
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)))) {
            for (DrawRequest unfit :
                    List.of(request(PLAIN, mask, other), request(PLAIN, mask), request(PLAIN, mask, same, mask))) {
                var answer = (NotDrawn) provider(server.url()).draw(unfit, TaskLog.NONE);

                assertThat(answer.kind()).isEqualTo(FailureKind.REQUEST_INVALID);
                assertThat(answer.reason()).isEqualTo("MASK_INVALID");
            }
            assertThat(server.requests()).isZero();
            assertThat(SpoolFolders.files(folder)).isEmpty();
        }
    }

    @Test
    void aMissingReferenceIsNotSent() {
        var missing = new ReferencePicture(temp.resolve("missing"), "image/png", 3, ReferenceRole.STYLE);
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)))) {
            var answer = (NotDrawn) provider(server.url()).draw(request(PLAIN, missing), TaskLog.NONE);

            assertThat(answer.kind()).isEqualTo(FailureKind.NOT_SENT);
            assertThat(server.requests()).isZero();
        }
    }

    /** The error table of the API. Nothing is sent twice, whatever the answer asks for. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "400, invalid_request_error, invalid_value, -, REQUEST_INVALID",
                "400, invalid_request_error, unknown_parameter, -, REQUEST_INVALID",
                "400, invalid_request_error, unsupported_file_mimetype, -, REQUEST_INVALID",
                "400, image_generation_user_error, moderation_blocked, -, INPUT_REFUSED",
                "451, image_generation_user_error, moderation_blocked, -, INPUT_REFUSED",
                "400, invalid_request_error, billing_hard_limit_reached, -, BILLING_REFUSED",
                "400, invalid_request_error, invalid_value, true, REQUEST_REFUSED",
                "401, invalid_request_error, invalid_api_key, -, AUTH_REFUSED",
                "403, invalid_request_error, -, -, AUTH_REFUSED",
                "404, invalid_request_error, model_not_found, -, MODEL_GONE",
                "409, conflict_error, conflict, -, PROVIDER_FAULT",
                "429, requests, rate_limit_exceeded, -, RATE_LIMITED",
                "429, insufficient_quota, insufficient_quota, -, BILLING_REFUSED",
                "429, insufficient_quota, -, -, BILLING_REFUSED",
                "429, tokens, -, -, RATE_LIMITED",
                "500, server_error, -, true, PROVIDER_FAULT",
                "500, server_error, -, false, REQUEST_INVALID",
                "502, server_error, -, false, UNKNOWN_OUTCOME",
                "503, server_error, -, -, OVERLOADED",
                "504, server_error, -, -, UNKNOWN_OUTCOME",
                "524, -, -, -, UNKNOWN_OUTCOME"
            })
    void eachErrorIsAnOutcomeOfItsOwn(
            int status, @Nullable String type, @Nullable String code, @Nullable String shouldRetry, FailureKind kind) {
        String json = "{\"error\":{\"message\":\"no, said %s\",\"type\":%s,\"param\":null,\"code\":%s}}"
                .formatted(KEY, quoted(type), quoted(code));
        NotDrawn answer = refused(ScriptedServer.says(
                status,
                json,
                "Retry-After: 0",
                "x-request-id: req_9",
                shouldRetry == null ? "X-None: 1" : "x-should-retry: " + shouldRetry));

        assertThat(answer.kind()).isEqualTo(kind);
        assertThat(answer.reason()).isEqualTo(code != null ? code : type != null ? type : "HTTP_" + status);
        assertThat(answer.detail()).isEqualTo("no, said ***");
        assertThat(answer.responseId()).isEqualTo("req_9");
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }

    @Test
    void theWaitOfARateLimitIsExact() {
        String json = "{\"error\":{\"message\":\"Please try again in 6m0s.\",\"code\":\"rate_limit_exceeded\"}}";

        assertThat(refused(ScriptedServer.says(429, json, "retry-after: 13", "retry-after-ms: 12345"))
                        .retryAfter())
                .isEqualTo(Duration.ofMillis(12_345));
        assertThat(refused(ScriptedServer.says(429, json, "retry-after: 13")).retryAfter())
                .isEqualTo(Duration.ofSeconds(13));
        assertThat(refused(ScriptedServer.says(429, json)).retryAfter()).isEqualTo(Duration.ofMinutes(6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "[{}]", "[{\"b64_json\":null}]", "[{\"b64_json\":\"\"}]", "7"})
    void anAnswerWithoutPictureHasItsTokens(String data) {
        NotDrawn answer = refused(ScriptedServer.says(200, "{\"data\":" + data + "," + USAGE + "}", "x-request-id: r"));

        assertThat(answer.kind()).isEqualTo(FailureKind.NO_IMAGE);
        assertThat(answer.usage().totalTokens()).isEqualTo(2_826);
        assertThat(answer.responseId()).isEqualTo("r");
    }

    @Test
    void anErrorInAnAnswerIsAnError() {
        assertThat(refused(ScriptedServer.says(200, "{\"error\":{\"code\":\"moderation_blocked\"}}"))
                        .kind())
                .isEqualTo(FailureKind.INPUT_REFUSED);
        assertThat(refused(ScriptedServer.says(200, "{\"error\":{\"message\":\"?\"}}"))
                        .kind())
                .isEqualTo(FailureKind.PROVIDER_FAULT);
    }

    @Test
    void withoutDetailsAllOutputIsPictures() {
        String json = "{\"data\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":9,\"total_tokens\":10}}";

        assertThat(refused(ScriptedServer.says(200, json)).usage()).isEqualTo(new Usage(1, 9, 0, 10, 9L));
    }

    @Test
    void aLostAnswerIsUnknown() {
        assertThat(refused((_, _) -> {}).kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
        assertThat(refused(ScriptedServer.says(200, answer(PICTURE).substring(0, 60_000)))
                        .kind())
                .isEqualTo(FailureKind.UNKNOWN_OUTCOME);
    }

    @Test
    void aWholePictureOfABrokenAnswerIsKeptWithoutUsage() {
        String json = answer(PICTURE, PICTURE);
        try (var server = new ScriptedServer(ScriptedServer.says(200, json.substring(0, 120_000)));
                var drawn = (Drawn) draw(server, request(PLAIN))) {
            assertThat(drawn.pictures()).hasSize(1);
            assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(PICTURE);
            assertThat(drawn.usage()).isEqualTo(Usage.NONE);
            assertThat(SpoolFolders.files(folder)).hasSize(1);
        }
    }

    @Test
    void aRefusedConnectionIsNotSent() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        var answer = (NotDrawn)
                provider(URI.create("http://127.0.0.1:" + port + "/v1/")).draw(request(PLAIN), TaskLog.NONE);

        assertThat(answer.kind()).isEqualTo(FailureKind.NOT_SENT);
        assertThat(new String(answer.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .doesNotContain(KEY);
    }

    @ParameterizedTest
    @EnumSource(OutputSize.class)
    void eachRatioAndSizeIsWithinTheBoundsOfTheModels(OutputSize size) {
        for (String ratio :
                List.of("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:3", "3:1")) {
            String pixels = requireNonNull(OpenAiSizes.of(ratio, size));
            int width = number(pixels, 'x', 0);
            int height = number(pixels, 'x', 1);
            double wanted = (double) number(ratio, ':', 0) / number(ratio, ':', 1);

            assertThat(width % 16 + height % 16).isZero();
            assertThat(width * height).isBetween(655_360, 8_294_400);
            assertThat(Math.max(width, height)).isLessThanOrEqualTo(Math.min(3_840, 3 * Math.min(width, height)));
            assertThat((double) width / height / wanted).isBetween(0.99, 1.01);
            int least = switch (size) {
                case K1 -> 900_000;
                case K2 -> 3_700_000;
                case K4 -> 4_800_000;
            };
            assertThat(width * height).as(ratio).isGreaterThan(least);
        }
        assertThat(OpenAiSizes.of("1:4", size)).isNull();
    }

    private static int number(String text, char separator, int side) {
        int at = text.indexOf(separator);
        return Integer.parseInt(side == 0 ? text.substring(0, at) : text.substring(at + 1));
    }

    @Test
    void aRatioThatTheModelsCannotDrawIsNotSent() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(PICTURE)))) {
            var answer = (NotDrawn) provider(server.url()).draw(request(Output.of("8:1", OutputSize.K1)), TaskLog.NONE);

            assertThat(answer.kind()).isEqualTo(FailureKind.REQUEST_INVALID);
            assertThat(answer.reason()).isEqualTo("RATIO_NOT_SUPPORTED");
            assertThat(server.requests()).isZero();
        }
    }
}
