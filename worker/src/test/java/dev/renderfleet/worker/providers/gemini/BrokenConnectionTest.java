package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.gemini.GeminiFixture.answer;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.inVirtualThread;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.picturePart;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.CallException;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.providers.wire.SpoolOutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls without a complete response: whether they may have been billed, and that no file remains. */
class BrokenConnectionTest {

    private static final String PICTURE = answer(picturePart(new byte[60_000], ""), "STOP");

    @TempDir
    Path temp;

    private GeminiFixture gemini;

    @BeforeEach
    void setUp() {
        gemini = new GeminiFixture(temp);
    }

    private static Script raw(String bytes) {
        return (_, connection) -> {
            connection.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
            connection.getOutputStream().flush();
        };
    }

    private static String head(int length) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static void assertOutcome(NotDrawn answer, FailureKind kind, String reason) {
        assertThat(answer.reason()).as(answer.toString()).isEqualTo(reason);
        assertThat(answer.kind()).as(answer.toString()).isEqualTo(kind);
    }

    private NotDrawn drawn(URI url) {
        ModelAnswer answer =
                inVirtualThread(() -> gemini.model(url).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));
        assertThat(answer).isInstanceOf(NotDrawn.class);
        gemini.assertSpoolEmpty();
        return (NotDrawn) answer;
    }

    @Test
    void refusedConnectionIsNotSent() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }

        assertOutcome(drawn(URI.create("http://127.0.0.1:" + port)), FailureKind.NOT_SENT, "CONNECT_FAILED");
    }

    @Test
    void unknownHostIsNotSent() {
        assertOutcome(drawn(URI.create("http://nobody.invalid")), FailureKind.NOT_SENT, "HOST_UNKNOWN");
    }

    @Test
    void failedHandshakeIsNotSent() {
        try (var server = new ScriptedServer(raw("no TLS here"))) {
            assertThat(drawn(URI.create(server.url().toString().replace("http", "https")))
                            .kind())
                    .isEqualTo(FailureKind.NOT_SENT);
        }
    }

    @Test
    void missingReferenceIsNotSent() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, PICTURE))) {
            var request = withReference(temp.resolve("missing"));

            NotDrawn answer =
                    (NotDrawn) inVirtualThread(() -> gemini.model(server.url()).draw(request, TaskLog.NONE));

            assertOutcome(answer, FailureKind.NOT_SENT, "REFERENCE_UNREADABLE");
            assertThat(server.requests()).isZero();
        }
    }

    private static DrawRequest withReference(Path file) {
        return new DrawRequest(
                "m",
                "p",
                List.of(new ReferencePicture(file, "image/png", 3, ReferenceRole.STYLE)),
                Output.of(null, OutputSize.K1),
                null,
                null,
                null,
                null,
                Duration.ofSeconds(20),
                "job/1");
    }

    /** As by a server that closes idle connections, or by a gateway that is replaced. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionThatBrokeAfterACallIsNotUsedAgain(boolean reset) throws Exception {
        int calls = 3;
        var broken = new CountDownLatch(calls);
        try (var server = new ScriptedServer(ScriptedServer.saysThenBreaks(PICTURE, broken, reset))) {
            GeminiImageModel model = gemini.model(server.url());
            for (int call = 1; call <= calls; call++) {
                ModelAnswer answer = inVirtualThread(() -> model.draw(request(Duration.ofSeconds(20)), TaskLog.NONE));

                assertThat(answer).as("call " + call).isInstanceOf(ModelAnswer.Drawn.class);
                ((ModelAnswer.Drawn) answer).close();
                int open = calls - call;
                Awaitility.await("broken connection").until(() -> broken.getCount() == open);
            }
            assertThat(server.requests()).isEqualTo(calls);
        }
    }

    /** A pool that keeps no connection must not watch those in use all the time. */
    @Test
    void aCallInFlightNeedsNoProcessor() {
        Script late = (request, connection) -> {
            connection.setSoTimeout(1_000);
            try {
                ScriptedServer.fallSilent(connection);
            } catch (SocketTimeoutException e) {
                ScriptedServer.says(200, PICTURE).answer(request, connection);
            }
        };
        try (var server = new ScriptedServer(late)) {
            long before = okHttpNanos();

            ((ModelAnswer.Drawn) inVirtualThread(
                            () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE)))
                    .close();

            assertThat(Duration.ofNanos(okHttpNanos() - before)).isLessThan(Duration.ofMillis(50));
        }
    }

    /** CPU time of OkHttp's own threads. */
    private static long okHttpNanos() {
        var threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().contains("OkHttp"))
                .mapToLong(thread -> Math.max(0, threads.getThreadCpuTime(thread.getThreadId())))
                .sum();
    }

    @Test
    void closedBeforeAnyHeaderIsUnknown() {
        assertOutcome(gemini.refused((_, _) -> {}), FailureKind.UNKNOWN_OUTCOME, "CONNECTION_LOST");
    }

    @Test
    void resetBeforeAnyHeaderIsUnknown() {
        assertOutcome(
                gemini.refused((_, connection) -> connection.setSoLinger(true, 0)),
                FailureKind.UNKNOWN_OUTCOME,
                "CONNECTION_LOST");
    }

    @Test
    void resetInTheMiddleOfThePictureIsUnknown() {
        Script resets = (request, connection) -> {
            raw(head(PICTURE.length()) + PICTURE.substring(0, 50_000)).answer(request, connection);
            connection.setSoLinger(true, 0);
        };

        assertThat(gemini.refused(resets).kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 120, 40_000, 80_090})
    void closedInTheMiddleOfTheBodyIsUnknown(int sent) {
        assertOutcome(
                gemini.refused(raw(head(PICTURE.length()) + PICTURE.substring(0, sent))),
                FailureKind.UNKNOWN_OUTCOME,
                "CONNECTION_LOST");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 120, 40_000, 80_090})
    void jsonThatEndsEarlyIsUnknown(int sent) {
        assertOutcome(
                gemini.refused(ScriptedServer.says(200, PICTURE.substring(0, sent))),
                FailureKind.UNKNOWN_OUTCOME,
                "ANSWER_TRUNCATED");
    }

    /** Whatever the rest of the answer is: the picture is paid for, and its check decides. */
    private void assertKeepsTheFirstPicture(Script script) {
        try (var server = new ScriptedServer(script)) {
            ModelAnswer answer = inVirtualThread(
                    () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));

            assertThat(answer).isInstanceOfSatisfying(ModelAnswer.Drawn.class, drawn -> {
                try (drawn) {
                    assertThat(drawn.pictures()).hasSize(1);
                    assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(new byte[60_000]);
                    assertThat(drawn.pictures().getFirst().claimedMime()).isEqualTo("image/png");
                    assertThat(drawn.usage())
                            .as("a part of it would be too cheap")
                            .isEqualTo(Usage.NONE);
                }
            });
        }
        gemini.assertSpoolEmpty();
    }

    private static final int END_OF_PICTURE = PICTURE.lastIndexOf("AAAA\"") + 5;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 60, 100, 150})
    void aPictureBeforeABreakIsKept(int more) {
        String sent = PICTURE.substring(0, END_OF_PICTURE + more);

        assertKeepsTheFirstPicture(raw(head(PICTURE.length()) + sent));
        assertKeepsTheFirstPicture(ScriptedServer.says(200, sent));
        assertKeepsTheFirstPicture(ScriptedServer.says(200, sent + "}}]]"));
    }

    @Test
    void aPictureBeforeAResetIsKept() {
        assertKeepsTheFirstPicture((request, connection) -> {
            raw(head(PICTURE.length()) + PICTURE.substring(0, END_OF_PICTURE + 50))
                    .answer(request, connection);
            connection.setSoTimeout(200);
            try {
                ScriptedServer.fallSilent(connection);
            } catch (SocketTimeoutException e) {
                connection.setSoLinger(true, 0);
            }
        });
    }

    @Test
    void aPictureBesideOneThatIsCutOrTooLargeIsKept() {
        String cut = PICTURE.substring(0, END_OF_PICTURE) + "}}," + picturePart(new byte[90_000], "");
        String tooLarge = answer(picturePart(new byte[60_000], "") + "," + picturePart(new byte[100_001], ""), "STOP");

        assertKeepsTheFirstPicture(ScriptedServer.says(200, cut.substring(0, cut.length() - 9)));
        assertKeepsTheFirstPicture(ScriptedServer.says(200, tooLarge));
    }

    @Test
    void aPictureBesideTooMuchTextIsKept() {
        String words = ",{\"text\":\"" + "x".repeat(20_000) + "\"}";

        assertKeepsTheFirstPicture(ScriptedServer.says(
                200, answer(picturePart(new byte[60_000], "") + words + words + words, "STOP")));
    }

    /** The picture that was asked for is lost with the rest. */
    @Test
    void aDraftBeforeABreakIsNoPicture() {
        String cut = answer(
                picturePart(new byte[600], ",\"thought\":true") + "," + picturePart(new byte[60_000], ""), "STOP");

        assertOutcome(
                gemini.refused(ScriptedServer.says(200, cut.substring(0, 40_000))),
                FailureKind.UNKNOWN_OUTCOME,
                "ANSWER_TRUNCATED");
    }

    @Test
    void cutChunkedBodyIsUnknown() {
        String cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
                + "ffff\r\n" + PICTURE.substring(0, 30_000);

        assertOutcome(gemini.refused(raw(cut)), FailureKind.UNKNOWN_OUTCOME, "CONNECTION_LOST");
    }

    @Test
    void silenceAfterTheRequestIsATimeoutAndUnknown() {
        assertOutcome(
                gemini.refused(
                        (_, connection) -> ScriptedServer.fallSilent(connection), request(Duration.ofMillis(300))),
                FailureKind.UNKNOWN_OUTCOME,
                "TIMEOUT");
    }

    @Test
    void stallInTheMiddleOfThePictureIsATimeoutAndUnknown() {
        Script stalls = (request, connection) -> {
            raw(head(PICTURE.length()) + PICTURE.substring(0, 50_000)).answer(request, connection);
            ScriptedServer.fallSilent(connection);
        };

        assertOutcome(gemini.refused(stalls, request(Duration.ofMillis(500))), FailureKind.UNKNOWN_OUTCOME, "TIMEOUT");
    }

    @Test
    void interruptionEndsTheCallAndIsUnknown() throws Exception {
        var called = new CountDownLatch(1);
        Script hangs = (_, connection) -> {
            called.countDown();
            ScriptedServer.fallSilent(connection);
        };
        try (var server = new ScriptedServer(hangs)) {
            var answer = new AtomicReference<ModelAnswer>();
            var stillInterrupted = new AtomicReference<Boolean>();
            Thread caller = Thread.startVirtualThread(() -> {
                answer.set(gemini.model(server.url()).draw(request(Duration.ofSeconds(30)), TaskLog.NONE));
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            });
            called.await();
            caller.interrupt();
            caller.join(Duration.ofSeconds(9));

            assertThat(answer.get()).isInstanceOf(NotDrawn.class);
            assertOutcome((NotDrawn) answer.get(), FailureKind.UNKNOWN_OUTCOME, "INTERRUPTED");
            assertThat(stillInterrupted.get()).isTrue();
            assertThat(server.requests()).isEqualTo(1);
            gemini.assertSpoolEmpty();
        }
    }

    @Test
    void interruptedBeforeItStartsIsNotSent() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, PICTURE))) {
            ModelAnswer answer = inVirtualThread(() -> {
                Thread.currentThread().interrupt();
                return gemini.model(server.url()).draw(request(Duration.ofSeconds(30)), TaskLog.NONE);
            });

            assertOutcome((NotDrawn) answer, FailureKind.NOT_SENT, "INTERRUPTED");
            assertThat(server.requests()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "null",
                "[]",
                "<html><body>Sign in to the hotel Wi-Fi</body></html>",
                "{\"candidates\":[}",
            })
    void otherBodiesAreAnInvalidResult(String body) {
        assertOutcome(gemini.refused(ScriptedServer.says(200, body)), FailureKind.RESULT_INVALID, "NOT_AN_ANSWER");
    }

    @Test
    void deepNestingIsAnInvalidResult() {
        assertOutcome(
                gemini.refused(ScriptedServer.says(200, "{\"a\":" + "[".repeat(10_000))),
                FailureKind.RESULT_INVALID,
                "NOT_AN_ANSWER");
    }

    @Test
    void pictureAboveTheLimitIsAnInvalidResult() {
        assertOutcome(
                gemini.refused(ScriptedServer.says(200, answer(picturePart(new byte[100_001], ""), "STOP"))),
                FailureKind.RESULT_INVALID,
                "PICTURE_TOO_LARGE");
    }

    @Test
    void picturesAboveTheLimitOfTheirNumberAreNotRead() {
        String five = String.join(",", Collections.nCopies(5, picturePart(new byte[10], "")));
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(five, "STOP")))) {
            ModelAnswer answer = inVirtualThread(
                    () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));

            assertThat(answer).isInstanceOfSatisfying(ModelAnswer.Drawn.class, drawn -> {
                assertThat(drawn.pictures()).hasSize(4);
                drawn.close();
            });
        }
        gemini.assertSpoolEmpty();
    }

    @Test
    void tooMuchTextIsAnInvalidResult() {
        String words = "{\"text\":\"" + "x".repeat(20_000) + "\"}";

        assertOutcome(
                gemini.refused(ScriptedServer.says(200, answer(words + "," + words + "," + words, "STOP"))),
                FailureKind.RESULT_INVALID,
                "ANSWER_TOO_LARGE");
        assertThat(gemini.refused(ScriptedServer.says(200, "{\"text\":\"" + "x".repeat(60_000) + "\"}"))
                        .kind())
                .isEqualTo(FailureKind.RESULT_INVALID);
    }

    @Test
    void brokenSpoolIsUnknownSinceThePictureIsPaidFor() throws Exception {
        Script deletesTheSpool = (request, connection) -> {
            Files.delete(gemini.spoolFolder().resolve("0").resolve("lock"));
            Files.delete(gemini.spoolFolder().resolve("0"));
            ScriptedServer.says(200, PICTURE).answer(request, connection);
        };
        try (var server = new ScriptedServer(deletesTheSpool)) {
            ModelAnswer answer = inVirtualThread(
                    () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));

            assertOutcome((NotDrawn) answer, FailureKind.UNKNOWN_OUTCOME, "SPOOL_FAILED");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsDistinguishedFromABrokenConnection() {
        Spool spool = Spool.open(temp.resolve("full"));
        assertThatThrownBy(() -> {
                    try (var file = new SpoolOutputStream(spool, Path.of("/dev/full"))) {
                        file.write(new byte[1_000_000]);
                    }
                })
                .isInstanceOfSatisfying(
                        CallException.class, fault -> assertThat(fault.reason()).isEqualTo("SPOOL_FAILED"))
                .hasRootCauseMessage("No space left on device");
        assertThat(spool.hasRoomFor(1)).as("before the next check").isFalse();
        assertThat(spool.recheck(1)).isNull();
        assertThat(spool.hasRoomFor(1)).isTrue();
    }

    @Test
    void otherSuccessThan200IsAnInvalidResult() {
        assertOutcome(
                gemini.refused(raw("HTTP/1.1 204 No Content\r\n\r\n")), FailureKind.RESULT_INVALID, "NOT_AN_ANSWER");
    }
}
