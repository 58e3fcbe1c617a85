package dev.renderfleet.worker.references;

import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_FORBIDDEN;
import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_INVALID;
import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import okhttp3.Dns;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** References at {@code https://} addresses, against a misbehaving server. */
class HttpsReferencesTest {

    private static final int BYTES_MAX = 100_000;

    private static final HttpsTimeouts PATIENT =
            new HttpsTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(60));

    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    private static Path keys = Path.of("set by JUnit");

    private static PictureHost host;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private HttpsTimeouts timeouts = PATIENT;
    private InstantSource clock = InstantSource.system();
    private final List<String> resolved = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        host = PictureHost.start(keys);
    }

    @AfterAll
    static void stop() {
        host.close();
    }

    @AfterEach
    void spoolIsEmpty() {
        assertThat(SpoolFolders.files(spool)).isEmpty();
    }

    @Test
    void fetchesAPictureWithoutCookiesAndCredentials() {
        byte[] shoe = TestPictures.png(80, 60);
        host.serve("/shoe.png", shoe);
        host.requests().clear();

        try (var fetched = (FetchOutcome.Fetched) fetch(host.address("/shoe.png?signature=secret"))) {
            assertThat(fetched.references())
                    .singleElement()
                    .satisfies(one -> assertThat(one.file().path()).hasBinaryContent(shoe));
        }
        fetch(host.address("/shoe.png"), HttpsReferencesTest::isTheTestServer, "0".repeat(64));

        assertThat(host.requests())
                .hasSize(2)
                .allSatisfy(headers -> assertThat(headers).doesNotContainKeys("Cookie", "Authorization", "Referer"));
    }

    @Test
    void detectsTheMimeTypeFromTheFile() {
        host.serve("/page.png", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "image/png");
            send(exchange, "<html>not found</html>".getBytes(UTF_8));
        });

        assertRefused(fetch(host.address("/page.png")), REFERENCE_INVALID, "is not a PNG, JPEG or WebP");
    }

    @Test
    void refusesAnAnnouncedSizeAboveTheLimit() {
        host.serve("/large.png", exchange -> exchange.sendResponseHeaders(200, BYTES_MAX + 1));

        assertRefused(fetch(host.address("/large.png")), REFERENCE_INVALID, "larger than " + BYTES_MAX + " bytes");
    }

    @Test
    void stopsReadingAnEndlessBody() {
        host.serve("/endless.png", HttpsReferencesTest::sendWithoutEnd);

        assertRefused(fetch(host.address("/endless.png")), REFERENCE_INVALID, "larger than " + BYTES_MAX + " bytes");
    }

    @Test
    void doesNotDecompress() {
        host.serve("/bomb.png", exchange -> {
            var packed = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(packed)) {
                gzip.write(PictureHeaders.png(10, 10));
                gzip.write(new byte[50 * BYTES_MAX]);
            }
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            send(exchange, packed.toByteArray());
        });
        host.requests().clear();

        assertRefused(fetch(host.address("/bomb.png")), REFERENCE_INVALID, "is not a PNG, JPEG or WebP");
        assertThat(host.requests())
                .singleElement()
                .satisfies(headers -> assertThat(headers).containsEntry("Accept-encoding", List.of("identity")));
    }

    @Test
    void timesOutOnASlowBody() {
        host.serve("/drip.png", HttpsReferencesTest::drip);
        timeouts = new HttpsTimeouts(PATIENT.connect(), PATIENT.readWrite(), SHORT);

        assertLater(fetch(host.address("/drip.png")), Duration.ofSeconds(2), "pictures.example could not be read: ");
    }

    @Test
    void timesOutOnAStalledBody() {
        host.serve("/silent.png", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().flush();
            LockSupport.parkNanos(Duration.ofSeconds(5).toNanos());
        });
        timeouts = new HttpsTimeouts(PATIENT.connect(), SHORT, PATIENT.total());

        assertLater(fetch(host.address("/silent.png")), Duration.ofSeconds(2), "pictures.example could not be read: ");
    }

    @Test
    void followsThreeRedirects() {
        host.redirect("/a", "/b");
        host.redirect("/b", "https://cdn.example:" + host.port() + "/c");
        host.redirect("/c", "d");
        host.serve("/d", TestPictures.png(8, 8));

        ((FetchOutcome.Fetched) fetch(host.address("/a"))).close();

        assertThat(resolved).containsOnly("pictures.example", "cdn.example");
    }

    @Test
    void followsNoFourthRedirect() {
        host.redirect("/circle", "/circle");
        host.requests().clear();

        assertRefused(fetch(host.address("/circle")), REFERENCE_UNAVAILABLE, "redirected more than 3 times");
        assertThat(host.requests()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://169.254.169.254:PORT/latest/meta-data/",
                "https://[::1]:PORT/",
                "https://[::ffff:10.0.0.1]:PORT/",
                "https://127.0.0.2:PORT/",
                "https://127.2:PORT/",
                "https://2130706434:PORT/",
                "https://metadata.example:PORT/",
                "https://half.example:PORT/"
            })
    void followsNoRedirectToAPrivateAddress(String inside) {
        var address = inside.replace("PORT", Integer.toString(host.port()));
        host.redirect("/inside", address);

        assertRefused(fetch(host.address("/inside")), REFERENCE_FORBIDDEN, "not on the public internet");
        assertRefused(fetch(address), REFERENCE_FORBIDDEN, "not on the public internet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://pictures.example/a.png",
                "file:///etc/passwd",
                "ftp://pictures.example/a.png",
                "jar:file:/a"
            })
    void rejectsOtherSchemes(String address) {
        host.redirect("/elsewhere", address);

        assertRefused(fetch(host.address("/elsewhere")), REFERENCE_FORBIDDEN, "not an https address");
        assertRefused(fetch(address), REFERENCE_FORBIDDEN, "https");
    }

    @Test
    void rejectsOtherPorts() {
        assertRefused(fetch("https://pictures.example:22/"), REFERENCE_FORBIDDEN, "has port 22, which is not allowed");
    }

    @Test
    void rejectsCredentialsInTheAddress() {
        var outcome = fetch("https://user:hunter2@pictures.example:" + host.port() + "/");

        assertRefused(outcome, REFERENCE_FORBIDDEN, "carries a user name or password");
        assertThat(outcome.toString()).doesNotContain("hunter2");
    }

    @Test
    void theStrictPolicyRejectsLoopback() {
        assertRefused(
                fetch(host.address("/shoe.png"), HostPolicy.STRICT.reachable(), null),
                REFERENCE_FORBIDDEN,
                "not on the public internet");
        assertRefused(
                fetch("https://127.0.0.1:" + host.port() + "/", HostPolicy.STRICT.reachable(), null),
                REFERENCE_FORBIDDEN,
                "not on the public internet");
    }

    @Test
    void connectsToTheCheckedAddress() {
        host.serve("/rebound.png", TestPictures.png(8, 8));

        ((FetchOutcome.Fetched) fetch("https://rebinding.example:" + host.port() + "/rebound.png")).close();

        assertThat(resolved).containsExactly("rebinding.example");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 410, 204})
    void doesNotRetryClientErrors(int status) {
        host.status("/gone", status);
        host.requests().clear();

        assertRefused(
                fetch(host.address("/gone")), REFERENCE_UNAVAILABLE, "pictures.example answers with HTTP " + status);
        assertThat(host.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504, 522})
    void triesAgainLaterAfterAServerError(int status) {
        host.status("/trouble", status);

        assertLater(
                fetch(host.address("/trouble")), Duration.ofSeconds(2), "pictures.example answers with HTTP " + status);
    }

    @ParameterizedTest
    @CsvSource({
        "120,                           120",
        "'Mon, 23 Nov 2026 12:02:00 GMT', 120",
        "86400,                         600",
        "'Mon, 23 Nov 2026 11:00:00 GMT', 2",
        "-5,                            2",
        "soon,                          2"
    })
    void waitsAsLongAsTheHostAsksWithinBounds(String header, int seconds) {
        clock = InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z"));
        host.serve("/busy", exchange -> {
            exchange.getResponseHeaders().add("Retry-After", header);
            exchange.sendResponseHeaders(503, -1);
        });

        assertLater(fetch(host.address("/busy")), Duration.ofSeconds(seconds), "HTTP 503");
    }

    @Test
    void triesAgainLaterAfterABrokenConnection() {
        host.serve("/half.png", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(1);
        });

        assertLater(fetch(host.address("/half.png")), Duration.ofSeconds(2), "pictures.example could not be read: ");
    }

    @Test
    void triesAgainLaterWhereNoServerListens() {
        assertLater(
                fetch("https://away.example:" + host.port() + "/", address -> !address.isMulticastAddress(), null),
                Duration.ofSeconds(2),
                "away.example could not be read: ");
    }

    @Test
    void triesAgainLaterIfTheNameIsUnknown() {
        assertLater(
                fetch("https://nowhere.example:" + host.port() + "/"),
                Duration.ofSeconds(2),
                "nowhere.example could not be read: ");
    }

    /** Else each of thousands of jobs would wait as long as the first. */
    @Test
    void rejectsAtOnceWhatAHostHasNotAnsweredForTheWholeWait() {
        var time = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
        clock = time;
        var prefetcher = prefetcher(HttpsReferencesTest::isTheTestServer);
        String busy = host.address("/busy");
        host.status("/busy", 503);
        host.serve("/shoe.png", TestPictures.png(8, 8));

        for (int minute = 0; minute < 60; minute += 5) {
            assertThat(fetch(prefetcher, busy, null)).isInstanceOf(FetchOutcome.Later.class);
            time.advance(Duration.ofMinutes(5));
        }

        assertRefused(fetch(prefetcher, busy, null), REFERENCE_UNAVAILABLE, "HTTP 503, as each time for 60 minutes");
        ((FetchOutcome.Fetched) fetch(prefetcher, host.address("/shoe.png"), null)).close();
        assertThat(fetch(prefetcher, busy, null)).as("after an answer").isInstanceOf(FetchOutcome.Later.class);
    }

    @Test
    void rejectsANameThatIsUnknownForTenMinutes() {
        var time = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
        clock = time;
        var prefetcher = prefetcher(HttpsReferencesTest::isTheTestServer);
        String misspelt = "https://nowhere.example:" + host.port() + "/";

        assertThat(fetch(prefetcher, misspelt, null)).isInstanceOf(FetchOutcome.Later.class);
        time.advance(Duration.ofMinutes(10));

        assertRefused(fetch(prefetcher, misspelt, null), REFERENCE_UNAVAILABLE, "as each time for 10 minutes");
    }

    /** The worker's own resolver fails, and no job is at fault. */
    @ParameterizedTest
    @ValueSource(strings = {"unresolved.example", "unresolved-again.example"})
    void aFailureToResolveNamesIsWaitedForLonger(String name) {
        var time = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
        clock = time;
        var prefetcher = prefetcher(HttpsReferencesTest::isTheTestServer);
        String address = "https://" + name + ":" + host.port() + "/";

        for (int minute = 0; minute <= 120; minute += 5) {
            assertThat(fetch(prefetcher, address, null))
                    .isInstanceOfSatisfying(
                            FetchOutcome.Later.class,
                            later -> assertThat(later.waitMax()).isEqualTo(Duration.ofHours(24)));
            time.advance(Duration.ofMinutes(5));
        }
    }

    @Test
    void aHostThatRedirectsIsNotBlamedForAnother() {
        var time = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
        clock = time;
        var prefetcher = prefetcher(HttpsReferencesTest::isTheTestServer);
        host.redirect("/away", "https://nowhere.example:" + host.port() + "/");
        host.redirect("/here", "https://cdn.example:" + host.port() + "/busy");
        host.status("/busy", 503);

        for (int minute = 0; minute < 60; minute += 5) {
            var _ = fetch(prefetcher, host.address("/away"), null);
            time.advance(Duration.ofMinutes(5));
        }

        assertRefused(
                fetch(prefetcher, host.address("/away"), null),
                REFERENCE_UNAVAILABLE,
                "nowhere.example could not be read: ");
        assertThat(fetch(prefetcher, host.address("/here"), null)).isInstanceOf(FetchOutcome.Later.class);
    }

    @Test
    void aShutdownEndsADownload() throws Exception {
        var asked = new CountDownLatch(1);
        host.serve("/silent.png", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().flush();
            asked.countDown();
            LockSupport.parkNanos(Duration.ofSeconds(19).toNanos());
        });
        var prefetcher = prefetcher(HttpsReferencesTest::isTheTestServer);
        var result = CompletableFuture.supplyAsync(
                () -> fetch(prefetcher, host.address("/silent.png"), null), Thread::startVirtualThread);
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

        prefetcher.close();

        // Far below the time-outs.
        assertThat(result.get(15, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.Aborted.class);
    }

    @Test
    void rejectsACertificateOfAnotherHost() {
        assertRefused(
                fetch("https://pictures.test:" + host.port() + "/"),
                REFERENCE_UNAVAILABLE,
                "pictures.test could not be read: ");
    }

    @Test
    void neverRepeatsASignedAddress() {
        var outcome = fetch(host.address("/missing.png?X-Amz-Signature=cafe"));

        assertThat(outcome.toString()).doesNotContain("cafe").doesNotContain("missing.png");
    }

    private FetchOutcome fetch(String address) {
        return fetch(address, HttpsReferencesTest::isTheTestServer, null);
    }

    private FetchOutcome fetch(String address, Predicate<InetAddress> reachable, @Nullable String sha256) {
        return fetch(prefetcher(reachable), address, sha256);
    }

    private ReferencePrefetcher prefetcher(Predicate<InetAddress> reachable) {
        resolved.clear();
        var https = new HttpsSource(
                host.trust(), resolver(), new HostPolicy(reachable, Set.of(host.port())), timeouts, clock);
        var fetcher = new ReferenceFetcher(
                new InMemoryObjectStore("renderfleet", InstantSource.fixed(Instant.EPOCH)),
                List.of(),
                https,
                Spool.open(spool),
                new ReferenceLimits(BYTES_MAX, 10 * BYTES_MAX, 64_000_000, 16_384));
        return new ReferencePrefetcher(fetcher, 4, _ -> true, clock);
    }

    private static FetchOutcome fetch(ReferencePrefetcher prefetcher, String address, @Nullable String sha256) {
        var references = List.of(new Reference(URI.create(address), ReferenceRole.PRODUCT, sha256));
        return prefetcher
                .of(new ReferenceDemand("acme", references, Instant.EPOCH, null, () -> false))
                .fetch("nano");
    }

    /** Stands for the public internet: one address and no other. */
    private static boolean isTheTestServer(InetAddress address) {
        return address.getHostAddress().equals("127.0.0.1");
    }

    private Dns resolver() {
        return name -> {
            resolved.add(name);
            return switch (name) {
                case "metadata.example" -> PictureHost.address(name, 169, 254, 169, 254);
                case "half.example" ->
                    List.of(
                            PictureHost.loopback(name).getFirst(),
                            PictureHost.address(name, 10, 0, 0, 1).getFirst());
                case "rebinding.example" ->
                    resolved.size() == 1 ? PictureHost.loopback(name) : PictureHost.address(name, 10, 0, 0, 1);
                // A closed port of another address of this machine.
                case "away.example" -> PictureHost.address(name, 127, 0, 0, 3);
                case "nowhere.example" -> throw new UnknownHostException(name + ": Name or service not known");
                // The first as glibc says it, the second as the JDK repeats it within ten seconds.
                case "unresolved.example" ->
                    throw new UnknownHostException(name + ": Temporary failure in name resolution");
                case "unresolved-again.example" -> throw new UnknownHostException(name);
                default -> PictureHost.loopback(name);
            };
        };
    }

    private static void assertLater(FetchOutcome outcome, Duration retryAfter, String message) {
        assertThat(outcome).isInstanceOfSatisfying(FetchOutcome.Later.class, later -> {
            assertThat(later.retryAfter()).isEqualTo(retryAfter);
            assertThat(later.reference()).isZero();
            assertThat(later.message()).startsWith("references[0].uri ").contains(message);
        });
    }

    private static void assertRefused(FetchOutcome outcome, FailureCode code, String message) {
        assertThat(outcome).isInstanceOfSatisfying(FetchOutcome.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(code);
            assertThat(refused.field()).isEqualTo("references[0].uri");
            assertThat(refused.message()).startsWith("references[0].uri ").contains(message);
        });
    }

    private static void send(HttpExchange exchange, byte[] content) throws IOException {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }

    private static void sendWithoutEnd(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        body.write(PictureHeaders.png(10, 10));
        var chunk = new byte[10_000];
        for (int i = 0; i < 10_000; i++) {
            body.write(chunk);
        }
    }

    private static void drip(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        for (int i = 0; i < 100; i++) {
            body.write(1);
            body.flush();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }
}
