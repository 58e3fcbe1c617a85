package dev.renderfleet.worker.providers.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are sent at most once, and whether they may have been billed. */
class ProviderHttpTest {

    static final WireLimits LIMITS = new WireLimits(Duration.ofSeconds(2), 100_000, 4, 50_000);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final byte[] PICTURE = noise(70_001);
    private static final String ANSWER =
            "{\"created\":1,\"data\":[{\"b64_json\":\"" + base64(PICTURE) + "\"}],\"usage\":{\"total_tokens\":7}}";

    @TempDir
    Path temp;

    private ProviderHttp http;

    @BeforeEach
    void setUp() {
        http = new ProviderHttp(Spool.open(temp), LIMITS);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static Request post(String url) {
        return new Request.Builder()
                .url(url)
                .post(RequestBody.create("{}", MediaType.get("application/json")))
                .build();
    }

    /** One request reaches the server, and only an answer may leave files. */
    private HttpResult sendOnce(Script script) {
        return sendOnce(script, LONG);
    }

    private HttpResult sendOnce(Script script, Duration timeout) {
        try (var server = new ScriptedServer(script)) {
            HttpResult result = http.send(post(server.url().toString()), timeout);
            assertThat(server.requests()).as("requests").isEqualTo(1);
            if (!(result instanceof Answered)) {
                assertThat(SpoolFolders.files(temp)).isEmpty();
            }
            return result;
        }
    }

    private static void assertLost(@Nullable HttpResult result, FailureKind kind, String reason) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Lost.class,
                        lost -> assertThat(lost.kind() + " " + lost.reason()).isEqualTo(kind + " " + reason));
    }

    @Test
    void picturesGoToTheSpoolAndTheRestIsJson() {
        try (var answer =
                (Answered) sendOnce(ScriptedServer.says(200, "text/plain", ANSWER.getBytes(StandardCharsets.UTF_8)))) {
            SpoolFile picture =
                    Objects.requireNonNull(answer.picture(answer.json().at("/data/0/b64_json")));

            assertThat(picture.path()).hasBinaryContent(PICTURE);
            assertThat(answer.json().at("/usage/total_tokens").asInt()).isEqualTo(7);
            assertThat(answer.cut()).isNull();
        }
        assertThat(SpoolFolders.files(temp)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "17", "true", "\"\"", "{\"a\":[\"b\"]}", "[\"QUJD\"]"})
    void aFieldWithoutPictureIsNone(String value) {
        String json = "{\"data\":[{\"b64_json\":" + value + "},{\"b64_json\":\"QUJD\"}]}";
        try (var answer = (Answered) sendOnce(ScriptedServer.says(200, json))) {
            assertThat(answer.picture(answer.json().at("/data/0/b64_json"))).isNull();
            assertThat(answer.picture(answer.json().at("/data/1/b64_json"))).isNotNull();
            assertThat(answer.picture(answer.json().at("/data/2/b64_json"))).isNull();
        }
    }

    @Test
    void aResponseMayBeThePicture() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png", PICTURE));
                var answer = (Answered) http.sendForPicture(
                        new Request.Builder().url(server.url().toString()).build(), LONG)) {
            assertThat(answer.pictures().getFirst().path()).hasBinaryContent(PICTURE);
            assertThat(answer.headers().get("Content-Type")).isEqualTo("image/png");
        }
    }

    @Test
    void aPictureAboveTheLimitIsInvalid() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png", noise(100_001)))) {
            var request = new Request.Builder().url(server.url().toString()).build();

            assertLost(http.sendForPicture(request, LONG), FailureKind.RESULT_INVALID, "PICTURE_TOO_LARGE");
            assertThat(SpoolFolders.files(temp)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 120, 40_000})
    void anAnswerThatEndsEarlyIsUnknown(int sent) {
        assertLost(
                sendOnce(ScriptedServer.says(200, ANSWER.substring(0, sent))),
                FailureKind.UNKNOWN_OUTCOME,
                "ANSWER_TRUNCATED");
    }

    /** The picture is paid for. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "}",
                "},{\"b64_json\":",
                "},{\"b64_json\":\"QUJD",
                ",\"revised_prompt\":\"a red",
                "}],",
                "}],\"usage\":{\"total_tokens\"",
                "}],}"
            })
    void anAnswerThatBreaksOffAfterAPictureKeepsIt(String end) {
        String start = ANSWER.substring(0, ANSWER.indexOf('}'));
        try (var answer = (Answered) sendOnce(ScriptedServer.says(200, start + end))) {
            SpoolFile picture =
                    Objects.requireNonNull(answer.picture(answer.json().at("/data/0/b64_json")));

            assertThat(picture.path()).hasBinaryContent(PICTURE);
            assertThat(answer.pictures()).hasSize(1);
            assertThat(answer.cut()).isNotNull();
            assertThat(SpoolFolders.files(temp)).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "17", "<html>Sign in</html>", "{\"data\":[}", "\"text\""})
    void otherBodiesAreInvalid(String body) {
        assertLost(sendOnce(ScriptedServer.says(200, body)), FailureKind.RESULT_INVALID, "NOT_AN_ANSWER");
    }

    @Test
    void ofTooManyPicturesTheFirstAreKept() {
        String five = "{\"b64_json\":\"QUJD\"},".repeat(4) + "{\"b64_json\":\"QUJD\"}";
        try (var answer = (Answered) sendOnce(ScriptedServer.says(200, "{\"data\":[" + five + "]}"))) {
            assertThat(answer.pictures()).hasSize(4);
            assertLost(answer.cut(), FailureKind.RESULT_INVALID, "TOO_MANY_PICTURES");
        }
    }

    @Test
    void aRefusedConnectionIsNotSent() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }

        assertLost(http.send(post("http://127.0.0.1:" + port), LONG), FailureKind.NOT_SENT, "CONNECT_FAILED");
        assertLost(http.send(post("http://nobody.invalid"), LONG), FailureKind.NOT_SENT, "HOST_UNKNOWN");
    }

    @Test
    void aClosedConnectionIsUnknown() {
        assertLost(sendOnce((_, _) -> {}), FailureKind.UNKNOWN_OUTCOME, "CONNECTION_LOST");
    }

    @Test
    void silenceIsATimeoutAndUnknown() {
        assertLost(
                sendOnce((_, connection) -> ScriptedServer.fallSilent(connection), Duration.ofMillis(300)),
                FailureKind.UNKNOWN_OUTCOME,
                "TIMEOUT");
    }

    @Test
    void aStallInTheBodyIsATimeoutAndUnknown() {
        Script stalls = (_, connection) -> {
            String head = "HTTP/1.1 200 OK\r\nContent-Length: " + ANSWER.length() + "\r\n\r\n";
            connection
                    .getOutputStream()
                    .write((head + ANSWER.substring(0, 50_000)).getBytes(StandardCharsets.US_ASCII));
            ScriptedServer.fallSilent(connection);
        };

        assertLost(sendOnce(stalls, Duration.ofMillis(500)), FailureKind.UNKNOWN_OUTCOME, "TIMEOUT");
    }

    @Test
    void anInterruptEndsTheCall() throws Exception {
        var called = new CountDownLatch(1);
        Script hangs = (_, connection) -> {
            called.countDown();
            ScriptedServer.fallSilent(connection);
        };
        try (var server = new ScriptedServer(hangs)) {
            var result = new AtomicReference<HttpResult>();
            var stillInterrupted = new AtomicReference<Boolean>();
            Thread caller = Thread.startVirtualThread(() -> {
                result.set(http.send(post(server.url().toString()), LONG));
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            });
            called.await();
            caller.interrupt();
            caller.join(Duration.ofSeconds(9));

            assertLost(result.get(), FailureKind.UNKNOWN_OUTCOME, "INTERRUPTED");
            assertThat(stillInterrupted.get()).isTrue();
        }
    }

    /** Each of these makes some HTTP client send again. */
    @ParameterizedTest
    @ValueSource(ints = {307, 308, 401, 408, 421, 425, 429, 500, 503})
    void nothingIsSentAgain(int status) {
        Script script = ScriptedServer.says(status, "{}", "Retry-After: 0", "Location: /elsewhere");

        assertThat(sendOnce(script))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.status()).isEqualTo(status));
    }

    /** OkHttp repeats requests without a body that are answered so. */
    @Test
    void aGetIsNotSentAgain() {
        try (var server = new ScriptedServer(ScriptedServer.says(503, "{}", "Retry-After: 0"))) {
            var get = new Request.Builder().url(server.url().toString()).build();

            assertThat(http.send(get, LONG)).isInstanceOf(Refused.class);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void theRefusalOfAGatewayIsNotSentToTheProvider() {
        var refused =
                (Refused) sendOnce(ScriptedServer.says(407, "text/html", "<html>".getBytes(StandardCharsets.US_ASCII)));

        assertThat(HttpStatusKind.of(refused.status())).isEqualTo(FailureKind.NOT_SENT);
        assertThat(refused.json().isMissingNode()).isTrue();
    }

    @Test
    void theBodyOfARefusalIsBounded() {
        var refused = (Refused) sendOnce(ScriptedServer.says(400, "{\"error\":\"" + "x".repeat(1_000_000) + "\"}"));

        assertThat(refused.body()).hasSize(64 * 1024);
        assertThat(refused.json().isMissingNode()).isTrue();
    }

    @Test
    void aRefusalThatBreaksOffStillHasItsStatus() {
        Script breaksOff = (_, connection) -> connection
                .getOutputStream()
                .write("HTTP/1.1 429 No\r\nContent-Length: 900\r\n\r\n{\"er".getBytes(StandardCharsets.US_ASCII));

        assertThat(((Refused) sendOnce(breaksOff)).body()).isEqualTo("{\"er");
    }

    @Test
    void millisecondsAreMoreExactThanSeconds() {
        var now = java.time.Instant.EPOCH;

        assertThat(RetryHint.of(Headers.of("retry-after-ms", "1500", "Retry-After", "2"), "", now))
                .isEqualTo(Duration.ofMillis(1_500));
        assertThat(RetryHint.of(Headers.of("Retry-After", "2"), "Please try again in 9s", now))
                .isEqualTo(Duration.ofSeconds(2));
        assertThat(RetryHint.of(Headers.of("retry-after-ms", "soon"), "Please try again in 6m0.5s.", now))
                .isEqualTo(Duration.ofMillis(360_500));
        assertThat(RetryHint.of(Headers.of(), "", now)).isNull();
    }

    @Test
    void signedAddressesAreRedacted() {
        assertThat(new Redactor("secret-key")
                        .redact("secret-key GET https://h.example/a/b.png?sig=s3cr3t&e=1 failed, see http://x/?q=1"))
                .isEqualTo("*** GET https://h.example/a/b.png?*** failed, see http://x/?***");
    }
}
