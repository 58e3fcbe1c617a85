package dev.renderfleet.worker.providers;

import static dev.renderfleet.worker.providers.FailureKind.NOT_SENT;
import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.ImageFault;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.sandbox.simulators.RequestLog;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each adapter promises, against the simulator of its provider, over the wire, in this JVM. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ImageProviderContractTest {
    /** What ends the calls that get no answer; far longer than a sound one takes. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    protected static final Duration LONG = Duration.ofSeconds(30);
    private static final double TIME_SCALE = 1_000;
    private static final int PICTURE_BYTES = 3_000_000;
    protected static final String SECRET = "7f3a9c55-not-in-any-log";

    @TempDir
    Path temp;

    private final PictureRenderer renderer = new PictureRenderer();
    private final LogCapture logs = new LogCapture();
    private Path spool;
    private ControlServer server;
    private ModelSimulator simulator;

    /** One row of the provider's table of answers: what the simulator does, and what the adapter makes of it. */
    protected record Row(
            String directives, FailureKind kind, @Nullable String reason, int billedCalls) {
        /** Not billed. */
        public static Row free(String directives, FailureKind kind, @Nullable String reason) {
            return new Row(directives, kind, reason, 0);
        }

        public static Row billed(String directives, FailureKind kind, @Nullable String reason) {
            return new Row(directives, kind, reason, 1);
        }
    }

    protected abstract ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock);

    /** The simulator's, and the adapter's. */
    protected InstantSource clock() {
        return InstantSource.system();
    }

    protected abstract ImageProvider provider(Spool spool, URI baseUrl, String key);

    /** The provider's id of a model that draws 1:1 at 1K. */
    protected abstract String model();

    /** The provider's id of a model that takes two references. */
    protected String editModel() {
        return model();
    }

    protected abstract List<Row> answers();

    /** What a broken answer means to this adapter; null: a picture. */
    protected @Nullable FailureKind meaning(WireFault fault) {
        return switch (fault) {
            case HANG, RESET, RESET_MID_BODY, CLOSE_MID_BODY, CLOSE_NEAR_END, GATEWAY_524, DRIP -> UNKNOWN_OUTCOME;
            case HTML, EMPTY -> RESULT_INVALID;
            case CHUNKED,
                    GZIP,
                    PLAIN_TEXT,
                    OCTET_STREAM,
                    NULLS,
                    SNAKE_CASE,
                    WRONG_TYPES,
                    NO_USAGE,
                    UNKNOWN_FIELDS,
                    LARGE_HEADERS -> null;
        };
    }

    @BeforeEach
    void startSimulator() {
        spool = temp.resolve("spool");
        InstantSource clock = clock();
        simulator = simulator(SimulatorState.fresh(1, TIME_SCALE, clock), renderer, clock);
        server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE);
        logs.start();
    }

    @AfterEach
    void stopSimulatorAndLookForSecrets() throws IOException {
        server.close();
        assertThat(logs.stop()).as("log").doesNotContain(SECRET);
        assertThat(SpoolFolders.files(spool)).as("spool").isEmpty();
    }

    @Test
    void deliversThePictureByteForByte() throws Exception {
        simulator.state().settings().pictures(new PictureSettings(PICTURE_BYTES, false, null));

        try (Drawn drawn = drawn(draw("a red lamp"))) {
            Path file = drawn.pictures().getFirst().file().path();
            assertThat(file)
                    .hasBinaryContent(sentFor(file, drawn.pictures().getFirst().claimedMime()));
            assertThat(Files.size(file)).isBetween(PICTURE_BYTES - 100L, (long) PICTURE_BYTES);
            assertBill(drawn.usage(), drawn.statedUsdMicros());
        }
        assertCalls(1, 1);
    }

    /** The simulator draws a picture of a wished-for length once for each type and size, and sends it again and again. */
    private byte[] sentFor(Path file, String mime) throws Exception {
        var image = ImageIO.read(file.toFile());
        return renderer.draw(new PictureRequest(
                        "",
                        "",
                        "",
                        "",
                        image.getWidth(),
                        image.getHeight(),
                        1,
                        mime,
                        List.of(),
                        PictureRequest.Style.SCENE,
                        PICTURE_BYTES))
                .bytes();
    }

    @Test
    void sendsReferences() throws Exception {
        byte[] photo = renderer.draw(new PictureRequest(
                        "a mug", "", "", "", 512, 512, 1, "image/png", List.of(), PictureRequest.Style.SCENE, 0))
                .bytes();
        Path file = Files.write(temp.resolve("photo.png"), photo);
        var photos = List.of(
                new ReferencePicture(file, "image/png", photo.length, ReferenceRole.PRODUCT),
                new ReferencePicture(file, "image/png", photo.length, ReferenceRole.STYLE));
        var request = request("the mug on a beach", LONG, photos);

        try (Drawn drawn = drawn(provider().draw(request, newLog()))) {
            assertThat(drawn.pictures()).isNotEmpty();
        }
        assertReferencesSent(
                simulator.state().requests().last(100).stream()
                        .filter(sent -> sent.method().equals("POST"))
                        .mapToInt(RequestLog.Entry::bodyBytes)
                        .sum(),
                2 * photo.length);
        assertCalls(1, 1);
    }

    /**
     * How the references came to the provider.
     *
     * @param sentBytes of all requests that are no reads
     */
    protected void assertReferencesSent(int sentBytes, int pictureBytes) {
        assertThat(sentBytes).isGreaterThan(pictureBytes);
    }

    @ParameterizedTest
    @MethodSource("answers")
    void eachAnswerIsAnOutcomeOfItsOwn(Row row) {
        ModelAnswer answer = draw("a lamp " + row.directives());

        assertThat(answer).isInstanceOfSatisfying(NotDrawn.class, failed -> {
            assertThat(failed.kind()).as(failed.toString()).isEqualTo(row.kind());
            if (row.reason() != null) {
                assertThat(failed.reason()).isEqualTo(row.reason());
            }
            assertBill(failed.usage(), failed.statedUsdMicros());
        });
        assertCalls(row.billedCalls(), 1);
    }

    @ParameterizedTest
    @EnumSource
    void makesOneCallWhateverTheWireDoes(WireFault fault) {
        Duration timeout = fault == WireFault.HANG || fault == WireFault.DRIP ? SHORT : LONG;
        assertMeaning(draw("a lamp [[sim:%s]]".formatted(fault), timeout), meaning(fault));
        assertCalls(1, 1);
    }

    /** Whether a picture is sound, its reader says later. */
    @ParameterizedTest
    @EnumSource
    void makesOneCallWhateverThePictureIs(ImageFault fault) {
        assertMeaning(draw("a lamp [[sim:%s]]".formatted(fault)), null);
        assertCalls(1, 1);
    }

    @Test
    void givesUpAtTheTimeoutAndDoesNotAskTwice() {
        assertMeaning(draw("a lamp [[sim:LATE seconds=60]]", SHORT), UNKNOWN_OUTCOME);
        assertCalls(1, 1);
    }

    @Test
    void anInterruptEndsACallWithoutAnAnswer() throws Exception {
        var answer = new CompletableFuture<ModelAnswer>();
        Thread caller = Thread.startVirtualThread(() -> {
            ModelAnswer given = draw("a lamp [[sim:HANG]]", LONG);
            answer.complete(Thread.currentThread().isInterrupted() ? given : new StillRunning("not interrupted", LONG));
        });
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> simulator.state().ledger().statement(0).calls() == 1);
        caller.interrupt();

        assertInterrupted(answer.get(10, TimeUnit.SECONDS));
        assertCalls(1, 1);
    }

    /** The answer of a call that is interrupted before its provider has answered. */
    protected void assertInterrupted(ModelAnswer answer) {
        assertMeaning(answer, UNKNOWN_OUTCOME);
    }

    @Test
    void saysThatNothingWasSentWhereNobodyListens() throws Exception {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var provider = provider(Spool.open(spool), URI.create("http://127.0.0.1:" + port), key());

        assertMeaning(provider.draw(request("a lamp", LONG, List.of()), newLog()), NOT_SENT);
    }

    /** Statuses on which HTTP clients like to try again, or elsewhere. */
    @ParameterizedTest
    @ValueSource(
            ints = {301, 302, 303, 307, 308, 400, 401, 403, 404, 407, 408, 409, 421, 425, 429, 500, 502, 503, 504, 511})
    void neitherRepeatsNorRedirectsNorShowsTheKey(int status) throws Exception {
        var requests = new AtomicInteger();
        var elsewhere = new AtomicInteger();
        String echo = """
            {"error":{"code":%d,"status":"X","type":"x","message":"key %s of https://h/p?X-Amz-Signature=%s"},
             "code":"x","message":"key %2$s","detail":"key %2$s"}\
            """.formatted(status, key(), SECRET);
        try (var other = HttpListener.start(Ports.loopback(0), (_, exchange) -> {
                    elsewhere.incrementAndGet();
                    exchange.respond(HttpResponse.text(200, "application/json", "{}"));
                });
                var first = HttpListener.start(Ports.loopback(0), (_, exchange) -> {
                    requests.incrementAndGet();
                    exchange.respond(HttpResponse.text(status, "application/json", echo)
                            .withHeader("Location", "http://127.0.0.1:%d/".formatted(other.port()))
                            .withHeader("Retry-After", "0")
                            .withHeader("x-should-retry", "true")
                            .withHeader("WWW-Authenticate", "Basic realm=\"x\"")
                            .withHeader("Proxy-Authenticate", "Basic realm=\"x\""));
                })) {
            var provider = provider(Spool.open(spool), URI.create("http://127.0.0.1:" + first.port()), key());

            ModelAnswer answer = provider.draw(request("a lamp", LONG, List.of()), newLog());

            assertThat(answer).isInstanceOf(NotDrawn.class);
            assertThat(answer.toString()).doesNotContain(SECRET);
        }
        assertThat(requests).hasValue(1);
        assertThat(elsewhere).hasValue(0);
    }

    protected final ModelAnswer draw(String prompt) {
        return draw(prompt, LONG);
    }

    protected final ModelAnswer draw(String prompt, Duration timeout) {
        return provider().draw(request(prompt, timeout, List.of()), newLog());
    }

    /** A new adapter, as after a restart. */
    protected final ImageProvider provider() {
        return provider(key());
    }

    protected final ImageProvider provider(String key) {
        return provider(Spool.open(spool), URI.create(server.address(simulator.name())), key);
    }

    protected DrawRequest request(String prompt, Duration timeout, List<ReferencePicture> references) {
        return new DrawRequest(
                references.isEmpty() ? model() : editModel(),
                prompt,
                references,
                Output.of("1:1", OutputSize.K1),
                null,
                null,
                null,
                null,
                timeout,
                "job/1");
    }

    /** For an adapter without tasks it refuses all. */
    protected TaskLog newLog() {
        return TaskLog.NONE;
    }

    protected final ModelSimulator simulator() {
        return simulator;
    }

    /** The simulator takes any key that begins with its own. */
    private String key() {
        return simulator.apiKey() + SECRET;
    }

    protected static Drawn drawn(ModelAnswer answer) {
        assertThat(answer).isInstanceOf(Drawn.class);
        return (Drawn) answer;
    }

    protected static void assertNoSecret(String text) {
        assertThat(text).doesNotContain(SECRET);
    }

    /** Deletes the pictures. */
    protected static void assertMeaning(ModelAnswer answer, @Nullable FailureKind kind) {
        assertNoSecret(answer.toString());
        switch (answer) {
            case Drawn drawn -> {
                try (drawn) {
                    assertThat(kind).as("drawn").isNull();
                }
            }
            case NotDrawn failed ->
                assertThat(failed.kind()).as(failed.toString()).isEqualTo(kind);
            case StillRunning running -> assertThat(running.toString()).isNull();
        }
    }

    /** What the answer says about its cost is what the simulator bills: in money, or in tokens. */
    private void assertBill(Usage usage, @Nullable Long statedUsdMicros) {
        BillingLedger.Statement bill = simulator.state().ledger().statement(0);
        if (statedUsdMicros == null) {
            assertThat(usage.totalTokens()).as("tokens").isEqualTo(bill.tokens());
        } else {
            assertThat(statedUsdMicros).as("cost").isEqualTo(bill.usdMicros());
        }
    }

    /** What the simulator billed, and how many requests it got that could have been billed. */
    protected final void assertCalls(int billed, int sent) {
        BillingLedger.Statement bill = simulator.state().ledger().statement(0);
        assertThat(bill.calls()).as("billed").isEqualTo(billed);
        assertThat(sent()).as("sent").isEqualTo(sent);
    }

    /** How many requests the simulator got that could have been billed. */
    protected final int sent() {
        return Math.toIntExact(simulator.state().requests().last(1_000).stream()
                .filter(request -> request.method().equals("POST"))
                .filter(request -> !request.path().matches(".*/(cancel|upload/.*)"))
                .count());
    }
}
