package dev.renderfleet.worker.providers.bfl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskProviderFixture;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Request;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BflImageProviderTest extends TaskProviderFixture {

    private static final String TASK = "t-1 %s/eu/v1/get_result?id=t-1 45000";

    @BeforeEach
    void scriptASuccess() {
        call = accepts(server.url() + "/eu/v1/get_result?id=t-1");
        results.add(ScriptedServer.says(200, "image/jpeg", PICTURE));
    }

    @Override
    protected ImageProvider provider(Spool spool, URI url, Pause pause) {
        return new BflImageProvider(spool, url, KEY, WireLimits.DEFAULT, clock, pause);
    }

    @Override
    protected Script script(String path) {
        return path.startsWith("/v1/flux") ? call : next(path.startsWith("/sample") ? results : polls);
    }

    private static Script accepts(String pollingUrl) {
        return says("{\"id\":\"t-1\",\"polling_url\":\"" + pollingUrl + "\",\"cost\":4.5}");
    }

    private Script status(String status) {
        String result = status.equals("Ready") ? "{\"sample\":\"" + server.url() + "/sample?sig=s3cret\"}" : "null";
        return says("{\"id\":\"t-1\",\"status\":\"" + status + "\",\"result\":" + result + "}");
    }

    private ModelAnswer draw() {
        return draw(request("flux-2-pro", Output.DEFAULT));
    }

    private void assertDrawn(ModelAnswer answer) {
        assertThat(answer).isInstanceOfSatisfying(Drawn.class, drawn -> {
            assertThat(drawn.pictures()).hasSize(1);
            assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(PICTURE);
            assertThat(drawn.pictures().getFirst().claimedMime()).isEqualTo("image/jpeg");
            assertThat(drawn.responseId()).isEqualTo("t-1");
            assertThat(drawn.statedUsdMicros()).isEqualTo(45_000);
            drawn.close();
        });
    }

    @Test
    void recordsTheTaskBeforeTheFirstPollAndFetchesTheResultWithoutTheKey() {
        polls.addAll(List.of(status("Pending"), status("Reasoning"), status("Generating"), status("Ready")));

        assertDrawn(draw());

        String poll = "GET /eu/v1/get_result";
        assertThat(log)
                .containsExactly(
                        "POST /v1/flux-2-pro",
                        "task " + TASK.formatted(server.url()),
                        poll,
                        poll,
                        poll,
                        poll,
                        "GET /sample");
        assertThat(requests.subList(0, 5))
                .allSatisfy(request -> assertThat(request.headers()).containsEntry("x-key", KEY));
        assertThat(requests.getLast().headers().toString()).doesNotContain(KEY);
    }

    /** It is paid for. Its cost may lack digits. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"id":"t-1"                                     | -
            {"id":"t-1","polling_url":"http                 | -
            {"id":"t-1","polling_url":"http://b/x","cost":4 | http://b/x
            """)
    void aTaskIsKnownAlthoughTheAnswerBreaksOff(String answer, String url) {
        call = says(answer);
        polls.add(status("Ready"));

        assertThat(draw()).isInstanceOfSatisfying(Drawn.class, drawn -> {
            assertThat(drawn.statedUsdMicros()).isNull();
            drawn.close();
        });
        assertThat(log).startsWith("POST /v1/flux-2-pro", "task t-1 " + url + " -", "GET /v1/get_result");
    }

    @Test
    void anAnswerThatBreaksOffBeforeItsTaskIsUnknown() {
        call = says("{\"id\":\"t-");

        assertThat(draw())
                .isInstanceOfSatisfying(
                        NotDrawn.class,
                        lost -> assertThat(lost.kind() + " " + lost.reason())
                                .isEqualTo("UNKNOWN_OUTCOME ANSWER_TRUNCATED"));
        assertThat(requests).hasSize(1);
    }

    @Test
    void pollsEveryHalfSecondAtFirstAndEveryTenSecondsInTheEnd() {
        polls.add(status("Pending"));

        NotDrawn timeout = (NotDrawn) draw();

        assertThat(timeout.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
        assertThat(timeout.reason()).isEqualTo("TASK_TIMEOUT");
        assertThat(timeout.statedUsdMicros()).isEqualTo(45_000);
        assertThat(pauses.getFirst()).isEqualTo(Duration.ofMillis(500));
        assertThat(pauses.subList(0, pauses.size() - 1)).isSorted().contains(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @CsvSource({
        "Request Moderated, INPUT_REFUSED, REQUEST_MODERATED",
        "Content Moderated, OUTPUT_REFUSED_REROLLABLE, CONTENT_MODERATED",
        "Error, PROVIDER_FAULT, ERROR",
        "Failed, PROVIDER_FAULT, FAILED",
        "Task not found, UNKNOWN_OUTCOME, TASK_NOT_FOUND"
    })
    void eachLastStatusIsItsOwnOutcomeWithItsCost(String status, FailureKind kind, String reason) {
        polls.addAll(List.of(status("Pending"), status(status)));

        NotDrawn answer = (NotDrawn) draw();

        assertThat(answer.kind()).isEqualTo(kind);
        assertThat(answer.reason()).isEqualTo(reason);
        assertThat(answer.responseId()).isEqualTo("t-1");
        assertThat(answer.statedUsdMicros()).isEqualTo(45_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            400 | {"error":"invalid_image","message":"too small"}                         | REQUEST_INVALID | invalid_image
            422 | {"detail":[{"loc":["body","x"],"msg":"Extra inputs","type":"extra"}]}    | REQUEST_INVALID | HTTP_422
            401 | {"error":"invalid_api_key","message":"no"}                              | AUTH_REFUSED    | invalid_api_key
            403 | {"detail":"does not have access"}                                       | AUTH_REFUSED    | HTTP_403
            402 | {"error":"insufficient_credits","message":"no credits"}                 | BILLING_REFUSED | insufficient_credits
            403 | {"error":"insufficient_credits","message":"no credits"}                 | BILLING_REFUSED | insufficient_credits
            404 | {"detail":"Not Found"}                                                  | MODEL_GONE      | HTTP_404
            429 | {"error":"rate_limit_exceeded","message":"24 tasks","retry_after":5}    | RATE_LIMITED    | rate_limit_exceeded
            500 | {"detail":"Internal Server Error"}                                      | PROVIDER_FAULT  | HTTP_500
            502 | <html>bad gateway</html>                                                | UNKNOWN_OUTCOME | HTTP_502
            503 | {"detail":"Service Unavailable"}                                        | OVERLOADED      | HTTP_503
            200 | {"errors":["The prompt could not be read"]}                             | REQUEST_INVALID | ERRORS
            200 | {"status":"Pending"}                                                    | UNKNOWN_OUTCOME | NO_TASK
            """)
    void eachRefusalOfASubmissionIsItsOwnOutcome(int status, String json, FailureKind kind, String reason) {
        call = ScriptedServer.says(status, json);

        NotDrawn answer = (NotDrawn) draw();

        assertThat(answer.kind()).isEqualTo(kind);
        assertThat(answer.reason()).isEqualTo(reason);
        assertThat(answer.retryAfter()).isEqualTo(status == 429 ? Duration.ofSeconds(5) : null);
        assertThat(answer.statedUsdMicros()).isNull();
        assertThat(log).containsExactly("POST /v1/flux-2-pro");
    }

    @Test
    void aLostAnswerIsUnknownAndAnUnreachableHostWasNotSent() {
        call = (_, connection) -> connection.close();
        assertThat(((NotDrawn) draw()).kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
        assertThat(log).hasSize(1);

        provider = provider(URI.create("http://127.0.0.1:1"));
        assertThat(((NotDrawn) draw()).kind()).isEqualTo(FailureKind.NOT_SENT);
    }

    @Test
    void aStatusCountsWhateverTheHttpStatusAndWithoutOneItIsAskedAgain() {
        polls.addAll(List.of(
                ScriptedServer.says(503, "text/plain", new byte[0], "Retry-After: 7"),
                ScriptedServer.says(200, "text/html", "<html>".getBytes(StandardCharsets.US_ASCII)),
                (_, connection) -> connection.close(),
                says("{\"state\":\"Generating\"}"),
                ScriptedServer.says(503, "{\"status\":\"Content Moderated\",\"details\":{\"why\":\"x\"}}")));

        NotDrawn answer = (NotDrawn) draw();

        assertThat(answer.kind()).isEqualTo(FailureKind.OUTPUT_REFUSED_REROLLABLE);
        assertThat(answer.detail()).contains("why");
        assertThat(pauses.get(1)).isEqualTo(Duration.ofSeconds(7));
        assertThat(polls).hasSize(1);
    }

    @Test
    void aTaskWhoseProviderCannotBeAskedStaysInTheLedger() {
        polls.add(ScriptedServer.says(401, "{\"error\":\"invalid_api_key\"}"));

        assertThat(draw()).isEqualTo(new StillRunning(TASK.formatted(server.url()), Duration.ofSeconds(10)));
        assertThat(log).filteredOn(line -> line.startsWith("GET")).hasSize(5);
        assertThat(log).filteredOn(line -> line.startsWith("POST")).hasSize(1);
    }

    @Test
    void anInterruptLeavesTheTaskRunning() {
        polls.add((_, _) -> {
            throw new AssertionError("polled");
        });

        ModelAnswer answer = provider.draw(
                request("flux-2-pro", Output.DEFAULT),
                _ -> Thread.currentThread().interrupt());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(answer).isEqualTo(new StillRunning(TASK.formatted(server.url()), Duration.ZERO));
    }

    @Test
    void aResumedTaskIsAskedAndNotSubmittedAgain() {
        polls.add(status("Ready"));

        assertDrawn(provider.resume(TASK.formatted(server.url()), request("flux-2-pro", Output.DEFAULT)));

        assertThat(log).containsExactly("GET /eu/v1/get_result", "GET /sample");
        assertThat(provider.resume("?", request("flux-2-pro", Output.DEFAULT)))
                .isInstanceOfSatisfying(
                        NotDrawn.class, lost -> assertThat(lost.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME));
    }

    @Test
    void anExpiredResultIsAskedForOnceMore() {
        polls.add(status("Ready"));
        results.addFirst(ScriptedServer.says(403, "expired"));

        assertDrawn(draw());

        assertThat(log).filteredOn(line -> line.startsWith("POST")).hasSize(1);
        assertThat(log).filteredOn(line -> line.equals("GET /sample")).hasSize(2);
    }

    @Test
    void aResultThatStaysExpiredIsItsOwnOutcomeWithItsCost() {
        polls.add(status("Ready"));
        results.clear();
        results.add(ScriptedServer.says(403, "expired"));

        NotDrawn answer = (NotDrawn) draw();

        assertThat(answer.kind()).isEqualTo(FailureKind.RESULT_EXPIRED);
        assertThat(answer.statedUsdMicros()).isEqualTo(45_000);
        assertThat(log).filteredOn(line -> line.equals("GET /sample")).hasSize(2);
    }

    @Test
    void aResultIsFetchedAgainAfterALostConnection() {
        polls.add(status("Ready"));
        results.addFirst((_, connection) -> connection.close());

        assertDrawn(draw());
    }

    @ParameterizedTest
    @CsvSource({
        "http://10.0.0.1/sample, RESULT_ADDRESS_FORBIDDEN",
        "http://169.254.169.254/latest, RESULT_ADDRESS_FORBIDDEN",
        "file:///etc/passwd, RESULT_ADDRESS_FORBIDDEN",
        "'', NO_RESULT"
    })
    void aResultElsewhereIsNotFetched(String address, String reason) {
        polls.add(says("{\"status\":\"Ready\",\"result\":{\"sample\":\"" + address + "\"}}"));

        NotDrawn answer = (NotDrawn) draw();

        assertThat(answer.kind()).isEqualTo(FailureKind.RESULT_INVALID);
        assertThat(answer.reason()).isEqualTo(reason);
        assertThat(answer.statedUsdMicros()).isEqualTo(45_000);
    }

    @Test
    void aRedirectedOrEmptyResultIsInvalid() {
        polls.add(status("Ready"));
        results.clear();
        results.add(ScriptedServer.says(302, "text/plain", new byte[0], "Location: " + server.url() + "/elsewhere"));
        assertThat(((NotDrawn) draw()).reason()).isEqualTo("RESULT_HTTP_302");

        results.clear();
        results.add(ScriptedServer.says(200, "image/png", new byte[0]));
        assertThat(((NotDrawn) draw()).reason()).isEqualTo("EMPTY_RESULT");
        assertThat(log).doesNotContain("GET /elsewhere");
    }

    @Test
    void aForeignPollingUrlDoesNotGetTheKey() {
        var foreign = new ArrayList<Request>();
        try (var other = new ScriptedServer((request, _) -> foreign.add(request))) {
            call = accepts(other.url() + "/v1/get_result?id=t-1");
            polls.add(status("Ready"));

            assertDrawn(draw());
        }
        assertThat(foreign).isEmpty();
        assertThat(log).contains("GET /v1/get_result");
    }

    @Test
    void aTaskWithoutCostIsPricedByTheCatalogue() {
        call = says("{\"id\":\"t-1\"}");
        polls.add(status("Error"));

        assertThat(((NotDrawn) draw()).statedUsdMicros()).isNull();
    }

    private JsonNode sent(DrawRequest request) throws IOException {
        polls.add(status("Error"));
        draw(request);
        return new JsonMapper().readTree(requests.getFirst().body());
    }

    private static void assertJson(JsonNode actual, String expected) throws IOException {
        assertThat(actual).isEqualTo(new JsonMapper().readTree(expected));
    }

    @Test
    void flux3GetsResolutionRatioAndNoWebSearchUnlessAsked() throws IOException {
        var output = new Output("16:9", OutputSize.K2, 1, ImageFormat.PNG, null, null, List.of());

        assertJson(
                sent(request(
                        "flux-3-image",
                        output,
                        reference("one", ReferenceRole.PRODUCT),
                        reference("second", ReferenceRole.STYLE))),
                """
                {"prompt":"Image 1 is the product, to be shown exactly as it is.\\n\
                Image 2 is the style to follow, not its content.\\n\\na red lamp",
                 "images":["%s","%s"],"resolution":"2k","aspect_ratio":"16:9","grounding":false}""".formatted(base64("one"), base64("second")));
    }

    @Test
    void flux3SearchesTheWebWhenAsked() throws IOException {
        var request = new DrawRequest(
                "flux-3-image",
                "ein „Sofa“",
                List.of(),
                Output.DEFAULT,
                null,
                new Grounding(true, false),
                null,
                "de",
                Duration.ofMinutes(1),
                "job-1/1");

        assertJson(sent(request), """
                {"prompt":"ein „Sofa“\\n\\nAny text in the picture is in German (de).","resolution":"1k","grounding":true}""");
    }

    @ParameterizedTest
    @CsvSource({"1:1, K1, 1024, 1024", "16:9, K2, 2736, 1520", "1:1, K2, 2048, 2048", "2:3, K1, 848, 1264"})
    void flux2GetsPixelsOfWholeSteps(String ratio, OutputSize size, int width, int height) throws IOException {
        var output = new Output(ratio, size, 1, ImageFormat.JPEG, null, null, List.of());

        assertJson(sent(request("flux-2-max", output)), """
                {"prompt":"a red lamp","width":%d,"height":%d,"seed":7,"output_format":"jpeg"}""".formatted(width, height));
    }

    @Test
    void anEditByFlux2KeepsItsShapeUnlessARatioIsAsked() throws IOException {
        assertJson(
                sent(request("flux-2-pro", Output.DEFAULT, reference("one", ReferenceRole.BACKGROUND))),
                """
                {"prompt":"Image 1 is the background to use.\\n\\na red lamp","input_image":"%s","seed":7}""".formatted(base64("one")));
    }

    @Test
    void onlyTheFillModelGetsAMask() throws IOException {
        var product = reference("one", ReferenceRole.PRODUCT);
        var mask = reference("mask", ReferenceRole.MASK);

        assertJson(sent(request("flux-pro-1.0-fill", Output.DEFAULT, mask, product)), """
                {"prompt":"Image 1 is the product, to be shown exactly as it is.\\n\\na red lamp","image":"%s","mask":"%s","seed":7}""".formatted(
                        base64("one"), base64("mask")));
        int before = requests.size();
        assertThat(draw(request("flux-3-image", Output.DEFAULT, product, mask)))
                .isInstanceOfSatisfying(
                        NotDrawn.class, refused -> assertThat(refused.kind()).isEqualTo(FailureKind.REQUEST_INVALID));
        assertThat(draw(request("flux-pro-1.0-fill", Output.DEFAULT, product))).isInstanceOf(NotDrawn.class);
        assertThat(requests).hasSize(before);
    }

    @Test
    void kontextGetsARatio() throws IOException {
        var output = Output.of("3:4", OutputSize.K1);

        assertJson(sent(request("flux-kontext-pro", output, reference("one", ReferenceRole.CHARACTER))), """
                {"prompt":"Image 1 is the character, to be recognisable.\\n\\na red lamp","input_image":"%s",\
                "aspect_ratio":"3:4","seed":7}""".formatted(
                        base64("one")));
    }
}
