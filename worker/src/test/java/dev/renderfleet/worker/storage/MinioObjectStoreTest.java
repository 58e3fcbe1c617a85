package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.storage.FaultyS3.Fault;
import dev.renderfleet.worker.storage.ObjectStore.FetchResult;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import okhttp3.Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The adapter against a failing store. Its contract with a healthy one: {@link MinioObjectStoreIT}. */
class MinioObjectStoreTest {

    private static final Fault BUSY = new Fault.Status(503, "SlowDown");
    private static final Fault AWAY = new Fault.Status(502, "");
    private static final S3Timeouts TIMEOUTS = new S3Timeouts(
            Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20));

    @TempDir
    Path folder = Path.of("set by JUnit");

    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private FaultyS3 s3;
    private MinioObjectStore store;

    @BeforeEach
    void start() throws IOException {
        s3 = new FaultyS3();
        store = store(TIMEOUTS);
    }

    @AfterEach
    void stop() {
        store.close();
        s3.close();
    }

    private MinioObjectStore store(S3Timeouts timeouts) {
        return new MinioObjectStore(s3.access(), timeouts, new Backoff(pauses::add, () -> 0.5), failures::add);
    }

    @Test
    void retriesReadsOnTransientErrors() {
        s3.store().putIfAbsent("k", "{}");
        s3.plan(BUSY, AWAY, new Fault.Status(429, "TooManyRequests"), new Fault.Status(500, "InternalError"));

        assertThat(store.get("k", 10)).isNotNull();
        assertThat(pauses)
                .containsExactly(
                        Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400), Duration.ofMillis(800));
    }

    @Test
    void givesUpReadingAfterFiveAttempts() {
        s3.plan(BUSY, BUSY, BUSY, BUSY, BUSY);

        assertThatThrownBy(() -> store.get("k", 10))
                .isInstanceOf(StorageException.class)
                .hasMessage("cannot get k in bucket renderfleet at " + s3.address("127.0.0.1") + ": HTTP 503 SlowDown");
        assertThat(s3.requests()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({"403, AccessDenied", "404, NoSuchBucket", "400, AuthorizationHeaderMalformed", "501, NotImplemented"})
    void doesNotRetryPermanentErrors(int status, String code) {
        s3.plan(new Fault.Status(status, code));

        assertThatThrownBy(() -> store.putIfAbsent("k", "{}"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("HTTP " + status + " " + code);
        assertThat(s3.requests()).hasSize(1);
    }

    @Test
    void retriesAFileAsOnePut() throws IOException {
        s3.plan(BUSY, AWAY);
        var file = Files.write(folder.resolve("picture"), new byte[20_000_000]);

        store.putFile("assets/p.png", file, "image/png");

        assertThat(s3.requests())
                .containsExactly("PUT assets/p.png 20000000", "PUT assets/p.png 20000000", "PUT assets/p.png 20000000");
        assertThat(s3.store().bytes("assets/p.png")).hasSize(20_000_000);
    }

    @Test
    void retriesACreateThatWasNotExecuted() {
        s3.plan(BUSY, AWAY);

        assertThat(store.putIfAbsent("k", "{\"owner\":1}")).isInstanceOf(PutResult.Written.class);
        assertThat(s3.requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503})
    void recognisesItsOwnCreateAfterAnErrorResponse(int status) {
        s3.plan(new Fault.Lied(status));

        var result = store.putIfAbsent("k", "{\"owner\":\"ü\"}");

        assertThat(result).isEqualTo(new PutResult.Written("etag-1"));
        assertThat(s3.requests()).containsExactly("PUT k 14", "PUT k 14", "GET k 0");
    }

    @Test
    void recognisesItsOwnCreateAfterATimeout() {
        s3.plan(new Fault.Silence());
        var hasty = store(
                new S3Timeouts(TIMEOUTS.connect(), TIMEOUTS.readWrite(), Duration.ofSeconds(2), TIMEOUTS.fileCall()));

        assertThat(hasty.putIfAbsent("k", "{\"owner\":1}")).isEqualTo(new PutResult.Written("etag-1"));
    }

    @Test
    void recognisesItsOwnUpdateAfterAnErrorResponse() {
        s3.store().putIfAbsent("k", "{\"n\":1}");
        s3.plan(new Fault.Lied(500));

        assertThat(store.putIfMatch("k", "etag-1", "{\"n\":2}")).isEqualTo(new PutResult.Written("etag-2"));
    }

    @Test
    void recognisesItsOwnCreateWhenEveryResponseWasAnError() {
        s3.plan(new Fault.Lied(500), BUSY, BUSY, BUSY, BUSY);

        assertThat(store.putIfAbsent("k", "{\"owner\":1}")).isEqualTo(new PutResult.Written("etag-1"));
    }

    @Test
    void isRefusedWhenAnotherWriterCreatedTheKeyBetweenAttempts() {
        s3.store().putIfAbsent("k", "{\"owner\":2,\"much\":\"longer\"}");
        s3.plan(BUSY);

        assertThat(store.putIfAbsent("k", "{\"owner\":1}")).isEqualTo(new PutResult.Refused());
    }

    @Test
    void isRefusedWhenAnotherWriterUpdatedTheKeyBetweenAttempts() {
        s3.store().putIfAbsent("k", "{\"n\":1}");
        s3.store().putIfMatch("k", "etag-1", "{\"n\":3}");
        s3.plan(BUSY, BUSY, BUSY, BUSY, BUSY);

        assertThat(store.putIfMatch("k", "etag-1", "{\"n\":2}")).isEqualTo(new PutResult.Refused());
    }

    @Test
    void failsWhenNoAttemptWasExecuted() {
        s3.plan(BUSY, BUSY, BUSY, BUSY, BUSY);

        assertThatThrownBy(() -> store.putIfAbsent("k", "{}"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("HTTP 503 SlowDown");
    }

    @Test
    void retriesAPutOnConflict() {
        s3.plan(new Fault.Status(409, "ConditionalRequestConflict"));

        assertThat(store.putIfAbsent("k", "{}")).isInstanceOf(PutResult.Written.class);
        assertThat(s3.requests()).containsExactly("PUT k 2", "PUT k 2");
    }

    @Test
    void takesTimeFromTheStoresHeaders() throws S3Exception {
        var headers = Headers.of("Date", "Mon, 23 Nov 2026 10:00:00 GMT");

        assertThat(S3Bucket.instant(headers, "Date")).isEqualTo(Instant.parse("2026-11-23T10:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT", "Date: soon"})
    void failsWithoutATimeHeader(String header) {
        var headers = new Headers.Builder().add(header).build();

        assertThatThrownBy(() -> S3Bucket.instant(headers, "Date")).hasMessageContaining("no readable Date");
    }

    @Test
    void retriesFetchesOnTransientErrors() {
        s3.store().putIfAbsent("k", "{}");
        s3.plan(BUSY);

        assertThat(store.fetch("k", folder.resolve("copy"), 10)).isEqualTo(new FetchResult.Fetched(2));
    }

    @ParameterizedTest
    @CsvSource({
        "403, RequestTimeTooSkewed",
        "403, RequestExpired",
        "400, RequestTimeout",
        "503, SlowDown",
        "500, InternalError"
    })
    void retriesTransientCodes(int status, String code) {
        s3.store().putBytes("k", new byte[] {1});
        s3.plan(new Fault.Status(status, code));

        assertThat(store.fetch("k", folder.resolve("f"), 10)).isEqualTo(new FetchResult.Fetched(1));
        assertThat(pauses).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"403, AccessDenied", "403, InvalidObjectState", "400, KMS.DisabledException"})
    void aRefusedObjectIsDenied(int status, String code) {
        s3.plan(new Fault.Status(status, code));

        assertThat(store.fetch("k", folder.resolve("f"), 10)).isInstanceOf(FetchResult.Denied.class);
        assertThat(pauses).isEmpty();
    }

    /** Wrong or rotated credentials and a lost bucket are not the object's fault. */
    @ParameterizedTest
    @CsvSource({"403, InvalidAccessKeyId", "403, SignatureDoesNotMatch", "400, ExpiredToken", "404, NoSuchBucket"})
    void aFaultOfTheSetUpIsNotADeniedObject(int status, String code) {
        s3.plan(new Fault.Status(status, code));

        assertThatThrownBy(() -> store.fetch("k", folder.resolve("f"), 10))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining(code);
    }

    @Test
    void aFileThatCannotBeWrittenIsNotTheStoresFault() {
        s3.store().putBytes("k", new byte[] {1});

        assertThatThrownBy(() -> store.fetch("k", folder, 10)).isInstanceOf(UncheckedIOException.class);
        assertThat(s3.requests()).hasSize(1);
    }

    @Test
    void refusesAFileTooLargeForOnePut() throws IOException {
        var file = folder.resolve("sparse");
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(S3Bucket.FILE_BYTES_MAX);
        }

        assertThatThrownBy(() -> store.putFile("k", file, "image/png"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("more than one put takes");
    }

    @Test
    void stopsWhenInterrupted() {
        s3.plan(new Fault.Silence());
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> store.get("k", 10))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void reportsARefusedConnection() {
        s3.close();

        assertThatThrownBy(() -> store.get("k", 10))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void countsRequestsThatFailedAndNoOthers() throws IOException {
        var file = Files.write(folder.resolve("picture"), new byte[1]);
        store.putIfAbsent("k", "{}");
        store.putIfAbsent("k", "{}");
        store.get("absent", 10);
        assertThat(failures).isEmpty();

        s3.plan(BUSY);
        store.putIfMatch("k", "etag-1", "{\"n\":1}");
        s3.plan(BUSY, BUSY);
        store.putFile("assets/p.png", file, "image/png");
        s3.plan(AWAY);
        store.get("k", 10);
        s3.plan(AWAY);
        store.delete("k");
        s3.plan(new Fault.Status(403, "AccessDenied"));
        assertThatThrownBy(() -> store.get("k", 10)).isInstanceOf(StorageException.class);

        assertThat(failures).containsExactly("put_if", "put", "put", "get", "delete", "get");
    }

    @Test
    void printsNoCredentials() {
        s3.plan(new Fault.Status(403, "SignatureDoesNotMatch"));

        assertThat(s3.access().toString()).doesNotContain("hunter2").doesNotContain("key-id");
        assertThat(store.toString()).isEqualTo("MinioObjectStore[renderfleet]");
        assertThatThrownBy(() -> store.get("k", 10)).satisfies(thrown -> {
            var printed = new StringWriter();
            thrown.printStackTrace(new PrintWriter(printed));
            assertThat(printed.toString()).doesNotContain("hunter2").doesNotContain("key-id");
        });
    }
}
