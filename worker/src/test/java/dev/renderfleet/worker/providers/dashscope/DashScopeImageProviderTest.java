package dev.renderfleet.worker.providers.dashscope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskProviderFixture;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DashScopeImageProviderTest extends TaskProviderFixture {

    @BeforeEach
    void scriptASuccess() {
        call = says("{\"output\":{\"task_id\":\"t-1\",\"task_status\":\"PENDING\"},\"request_id\":\"r-1\"}");
        results.add(ScriptedServer.says(200, "image/png", PICTURE));
    }

    @Override
    protected ImageProvider provider(Spool spool, URI url, Pause pause) {
        return new DashScopeImageProvider(spool, url, KEY, WireLimits.DEFAULT, clock, pause);
    }

    @Override
    protected Script script(String path) {
        if (path.endsWith("/cancel")) {
            return says("{\"request_id\":\"c\"}");
        }
        return path.contains("/services/") ? call : next(path.contains("/oss/") ? results : polls);
    }

    private String output(String status, int images) {
        String image = "{\"image\":\"" + server.url() + "/oss/a.png?Expires=1&Signature=s3cret\"}";
        return """
            {"request_id":"r-1","code":"","output":{%s"choices":[{"finish_reason":"stop","message":{"content":[%s]}}]},\
            "usage":{"output_image_count":1,"input_image_count":0}}\
            """.formatted(
                        status.isEmpty() ? "" : "\"task_status\":\"" + status + "\",",
                        String.join(",", Collections.nCopies(images, image)));
    }

    private Script drawn(int images) {
        return says(output("", images));
    }

    private Script status(String status) {
        return says("{\"output\":{\"task_id\":\"t-1\",\"task_status\":\"" + status + "\"}}");
    }

    private ModelAnswer draw(String model) {
        return draw(request(model, Output.of("1:1", OutputSize.K1)));
    }

    private static void assertDrawn(ModelAnswer answer, int pictures, String responseId) {
        assertThat(answer).isInstanceOfSatisfying(Drawn.class, drawn -> {
            try (drawn) {
                assertThat(drawn.pictures()).hasSize(pictures).allSatisfy(picture -> {
                    assertThat(picture.file().path()).hasBinaryContent(PICTURE);
                    assertThat(picture.claimedMime()).isEqualTo("image/png");
                });
                assertThat(drawn.responseId()).isEqualTo(responseId);
                assertThat(drawn.picturesBilled()).isEqualTo(pictures);
            }
        });
    }

    @Test
    void qwenWaitsForThePicturesAndFetchesEachWithoutTheKey() {
        call = drawn(2);

        assertDrawn(draw("qwen-image-3.0"), 2, "r-1");

        assertThat(log)
                .containsExactly(
                        "POST /api/v1/services/aigc/multimodal-generation/generation",
                        "GET /oss/a.png",
                        "GET /oss/a.png");
        assertThat(requests.getFirst().headers()).containsEntry("Authorization", "Bearer " + KEY);
        assertThat(requests.getFirst().headers()).doesNotContainKey("X-DashScope-Async");
        assertThat(requests.subList(1, 3))
                .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("Authorization"));
    }

    @Test
    void aTaskIsKnownAlthoughTheAnswerBreaksOff() {
        call = says("{\"output\":{\"task_id\":\"t-1\",\"task_sta");
        polls.add(says(output("SUCCEEDED", 1)));

        assertDrawn(draw("wan2.7-image"), 1, "t-1");

        call = says("{\"output\":{\"task_id\":\"t-");
        assertThat(draw("wan2.7-image"))
                .isInstanceOfSatisfying(
                        NotDrawn.class,
                        lost -> assertThat(lost.kind() + " " + lost.reason())
                                .isEqualTo("UNKNOWN_OUTCOME ANSWER_TRUNCATED"));
    }

    @Test
    void wanRecordsItsTaskBeforeTheFirstPoll() {
        polls.addAll(List.of(status("PENDING"), status("SUSPENDED"), status("RUNNING"), says(output("SUCCEEDED", 1))));

        assertDrawn(draw("wan2.7-image"), 1, "t-1");

        String poll = "GET /api/v1/tasks/t-1";
        assertThat(log)
                .containsExactly(
                        "POST /api/v1/services/aigc/image-generation/generation",
                        "task t-1",
                        poll,
                        poll,
                        poll,
                        poll,
                        "GET /oss/a.png");
        assertThat(requests.getFirst().headers()).containsEntry("X-DashScope-Async", "enable");
        assertThat(pauses).startsWith(Duration.ofSeconds(1)).allMatch(wait -> wait.toSeconds() <= 5);
    }

    @Test
    void theBaseUrlMayNameTheVersion() {
        call = drawn(1);
        provider = provider(URI.create(server.url() + "/api/v1/"));

        assertDrawn(draw("qwen-image-3.0"), 1, "r-1");
        assertThat(log).startsWith("POST /api/v1/services/aigc/multimodal-generation/generation");
    }

    @Test
    void aResumedTaskIsAskedAndNotSubmittedAgain() {
        polls.add(says("""
            {"output":{"task_status":"SUCCEEDED","results":[{"url":"%s/oss/a.png"},{"code":"InternalError"}]}}\
            """.formatted(server.url())));

        assertDrawn(provider.resume("t-1", request("wan2.7-image", Output.DEFAULT)), 1, "t-1");

        assertThat(log).containsExactly("GET /api/v1/tasks/t-1", "GET /oss/a.png");
        assertThat(provider.resume("../x", request("wan2.7-image", Output.DEFAULT)))
                .isInstanceOfSatisfying(
                        NotDrawn.class, failed -> assertThat(failed.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME));
    }

    @ParameterizedTest
    @CsvSource({"PENDING, true", "RUNNING, false"})
    void aTaskThatTakesTooLongIsCanceledWhileItIsPending(String status, boolean canceled) {
        polls.add(status(status));

        assertThat(draw("wan2.7-image")).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
            assertThat(failed.reason()).isEqualTo("TASK_TIMEOUT");
            assertThat(failed.responseId()).isEqualTo("t-1");
        });
        assertThat(log.contains("POST /api/v1/tasks/t-1/cancel")).isEqualTo(canceled);
    }

    @Test
    void aTaskWhoseProviderCannotBeAskedStaysInTheLedger() {
        polls.add(ScriptedServer.says(401, "{\"code\":\"InvalidApiKey\"}"));

        assertThat(draw("wan2.7-image")).isEqualTo(new StillRunning("t-1", Duration.ofSeconds(10)));
        assertThat(log).filteredOn(line -> line.startsWith("POST")).hasSize(1);
    }

    @Test
    void anExpiredResultOfATaskIsAskedForOnceMore() {
        polls.add(says(output("SUCCEEDED", 1)));
        Script expired = ScriptedServer.says(403, "application/xml", "<Error/>".getBytes(StandardCharsets.US_ASCII));
        results.addFirst(expired);
        assertDrawn(draw("wan2.7-image"), 1, "t-1");

        results.clear();
        results.add(expired);
        log.clear();
        assertThat(draw("wan2.7-image")).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.RESULT_EXPIRED);
            assertThat(failed.reason()).isEqualTo("RESULT_EXPIRED");
        });
        assertThat(log).filteredOn(line -> line.startsWith("GET /oss")).hasSize(2);
        assertThat(log).filteredOn(line -> line.startsWith("POST")).hasSize(1);
    }

    @Test
    void aBrokenDownloadIsRepeatedAndTheCallIsNot() {
        call = drawn(2);
        results.addFirst(ScriptedServer.says(503, "text/plain", new byte[0]));
        results.addFirst((_, connection) -> connection.close());

        assertDrawn(draw("qwen-image-3.0"), 2, "r-1");

        assertThat(log).filteredOn(line -> line.startsWith("POST")).hasSize(1);
    }

    @Test
    void somePicturesAreAnAnswerWhereTheOthersCannotBeFetched() {
        call = drawn(2);
        results.clear();
        for (int attempt = 0; attempt < 4; attempt++) {
            results.add(ScriptedServer.says(200, "image/png", PICTURE));
            results.add(ScriptedServer.says(503, "text/plain", new byte[0]));
        }

        assertDrawn(draw("qwen-image-3.0"), 1, "r-1");
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        200 | {"code":"Arrearage","message":"good standing"}                           | BILLING_REFUSED | Arrearage
        403 | {"code":"Arrearage","message":"good standing"}                           | BILLING_REFUSED | Arrearage
        400 | {"code":"Throttling.User","message":"slow down"}                         | RATE_LIMITED    | Throttling.User
        400 | {"code":"DataInspectionFailed","message":"Input data may contain"}       | INPUT_REFUSED   | DataInspectionFailed
        400 | {"code":"DataInspectionFailed","message":"Output data may contain"}      | OUTPUT_REFUSED  | DataInspectionFailed
        400 | {"code":"InvalidParameter.DataInspection","message":"no download"}       | REQUEST_INVALID | InvalidParameter.DataInspection
        413 | <html>too large</html>                                                   | REQUEST_INVALID | HTTP_413
        404 | {"code":"NewCode","message":"x"}                                         | MODEL_GONE      | NewCode
        200 | {"code":"NewCode","message":"x"}                                         | PROVIDER_FAULT  | NewCode
        500 | {"code":"InternalError.Timeout","message":"x"}                           | PROVIDER_FAULT  | InternalError.Timeout
        503 | {"code":"ServiceUnavailable","message":"x"}                              | UNKNOWN_OUTCOME | ServiceUnavailable
        502 | <html>bad gateway</html>                                                 | UNKNOWN_OUTCOME | HTTP_502
        200 | {"output":{"choices":[{"message":{"content":[{"text":"no"}]}}]}}         | NO_IMAGE        | NO_IMAGE
        200 | {"output":{"choices":[]},"code":null}                                    | NO_IMAGE        | NO_IMAGE
        200 | {"request_id":"r"}                                                       | NO_IMAGE        | NO_IMAGE
        """)
    void theCodeCountsWhateverTheStatus(int status, String body, FailureKind kind, String reason) {
        call = ScriptedServer.says(status, body, "retry-after-ms: 1500");

        assertThat(draw("qwen-image-3.0")).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(kind);
            assertThat(failed.reason()).isEqualTo(reason);
            if (kind == FailureKind.RATE_LIMITED) {
                assertThat(failed.retryAfter()).isEqualTo(Duration.ofMillis(1_500));
            }
        });
        assertThat(log).hasSize(1);
    }

    @Test
    void aFailedTaskIsItsCodesOutcome() {
        polls.add(says(
                "{\"output\":{\"task_status\":\"FAILED\",\"code\":\"DataInspectionFailed\",\"message\":\"Input\"}}"));

        assertThat(draw("wan2.7-image")).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.INPUT_REFUSED);
            assertThat(failed.responseId()).isEqualTo("t-1");
        });
    }

    @Test
    void aSubmissionWithoutATaskIsUnknown() {
        call = says("{\"output\":{}}");

        assertThat(draw("wan2.7-image"))
                .isInstanceOfSatisfying(
                        NotDrawn.class, failed -> assertThat(failed.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME));
    }

    private static String dataUrl(String content) {
        return "data:image/png;base64," + base64(content);
    }

    private JsonNode sent(DrawRequest request) throws IOException {
        call = says("{\"code\":\"InvalidParameter\"}");
        draw(request);
        return new JsonMapper().readTree(requests.getLast().body());
    }

    @Test
    void referencesAreDataUrlsBeforeTheOneText() throws IOException {
        var output = Output.of("3:2", OutputSize.K1).times(9);

        assertThat(sent(request(
                        "qwen-image-3.0",
                        output,
                        reference("one", ReferenceRole.PRODUCT),
                        reference("second", ReferenceRole.STYLE))))
                .isEqualTo(new JsonMapper().readTree("""
                    {"model":"qwen-image-3.0","input":{"messages":[{"role":"user","content":[
                      {"image":"%s"},{"image":"%s"},
                      {"text":"Image 1 is the product, to be shown exactly as it is.\\nImage 2 is the style to follow, not its content.\\n\\na red lamp"}]}]},
                     "parameters":{"size":"1248*832","n":6,"prompt_extend":false,"watermark":false,"seed":7}}\
                    """.formatted(dataUrl("one"), dataUrl("second"))));
    }

    @Test
    void anEditWithoutARatioKeepsItsShape() throws IOException {
        assertThat(sent(request("qwen-image-3.0", Output.DEFAULT, reference("one", ReferenceRole.PRODUCT)))
                        .path("parameters")
                        .has("size"))
                .isFalse();
        assertThat(sent(request("qwen-image-3.0", Output.DEFAULT))
                        .at("/parameters/size")
                        .asText())
                .isEqualTo("1024*1024");
    }

    @Test
    void whatTheModelCannotDoIsNotSent() throws IOException {
        var big = new ReferencePicture(temp, "image/png", 10 * 1024 * 1024 + 1, ReferenceRole.PRODUCT);
        for (DrawRequest request : List.of(
                request("qwen-image-3.0", Output.DEFAULT, reference("m", ReferenceRole.MASK)),
                request("qwen-image-3.0", Output.DEFAULT, big),
                request("qwen-image-3.0", Output.of("9:1", OutputSize.K1)),
                request("qwen-image-3.0", Output.of("1:1", OutputSize.K4)))) {
            assertThat(draw(request))
                    .isInstanceOfSatisfying(
                            NotDrawn.class, failed -> assertThat(failed.kind()).isEqualTo(FailureKind.REQUEST_INVALID));
        }
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1:1, K1, 1024*1024",
        "16:9, K1, 1360*768",
        "16:9, K2, 2704*1520",
        "1:1, K2, 2048*2048",
        "8:1, K1, 2816*352",
        "1:8, K2, 720*5760"
    })
    void sizesAreTheLargestOfTheRatioWithinTheClass(String ratio, OutputSize size, String pixels) {
        assertThat(DashScopeRequest.size(ratio, size)).isEqualTo(pixels);
    }

    @ParameterizedTest
    @CsvSource({
        "http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png?x=http://b,"
                + " https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png?x=http://b",
        "http://aliyuncs.com.example/a.png, http://aliyuncs.com.example/a.png",
        "http://127.0.0.1:1/x.aliyuncs.com/a.png, http://127.0.0.1:1/x.aliyuncs.com/a.png"
    })
    void alibabasStorageIsAskedWithTls(String address, String asked) {
        assertThat(DashScopeOutput.secured(address)).isEqualTo(asked);
    }
}
