package dev.renderfleet.sandbox.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each S3 fault over the wire, and what a look through the direct endpoint shows behind it. */
class S3FaultsTest {
    private static final String BUCKET = "renderfleet";
    private static final int PICTURE_BYTES = 60_000;
    private static final int LARGE_BYTES = 64 * 1024 * 1024;

    @TempDir
    private static Path folder;

    private static final ActiveS3Faults FAULTS = new ActiveS3Faults(1);
    private static final ConnectionPool CONNECTIONS = new ConnectionPool();

    private static S3Server store;
    private static MinioClient client;
    private static MinioClient direct;

    @BeforeAll
    static void start() {
        store = S3Server.start(Ports.choose("", 0), Ports.choose("", 0), folder, BUCKET, FAULTS);
        client = client(store.endpoint());
        direct = client(store.directEndpoint());
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    @AfterEach
    void clear() {
        FAULTS.clear();
    }

    @Test
    void slowDownLeavesTheStoreUntouchedAndTheConnectionOpen() throws Exception {
        put("before slow down");
        int connections = CONNECTIONS.connectionCount();
        FAULTS.add(S3Fault.of(Kind.SLOW_DOWN).forMethod("PUT"));

        assertAnswer(() -> put("slow down"), 503, "SlowDown");

        assertThat(exists("slow down")).isFalse();
        assertThat(CONNECTIONS.connectionCount()).isEqualTo(connections);
    }

    @Test
    void aSkewedClockLeavesTheStoreUntouched() throws Exception {
        FAULTS.add(S3Fault.of(Kind.SKEWED).times(1));

        assertAnswer(() -> put("skewed"), 403, "RequestTimeTooSkewed");

        assertThat(exists("skewed")).isFalse();
    }

    @Test
    void errorAfterTheStoreHasDoneIt() throws Exception {
        FAULTS.add(S3Fault.of(Kind.ERROR_AFTER).times(1));

        assertAnswer(() -> put("error after"), 500, "InternalError");

        assertThat(exists("error after")).isTrue();
        assertAnswer(() -> put("error after"), 412, "PreconditionFailed");
    }

    @Test
    void resetBeforeTheStoreSeesIt() throws Exception {
        FAULTS.add(S3Fault.of(Kind.RESET));

        assertThatThrownBy(() -> put("reset")).hasRootCauseInstanceOf(IOException.class);

        assertThat(exists("reset")).isFalse();
    }

    @Test
    void resetAfterTheStoreHasDoneIt() throws Exception {
        FAULTS.add(S3Fault.of(Kind.RESET_AFTER).forPath("/" + BUCKET + "/reset"));

        assertThatThrownBy(() -> put("reset after")).hasRootCauseInstanceOf(IOException.class);

        assertThat(exists("reset after")).isTrue();
        put("another path");
    }

    @Test
    void slowHoldsTheAnswerBack() throws Exception {
        FAULTS.add(S3Fault.of(Kind.SLOW).lasting(0.4));

        assertThat(timeOf(() -> put("slow"))).isGreaterThanOrEqualTo(Duration.ofMillis(400));

        assertThat(exists("slow")).isTrue();
    }

    @Test
    void dripTransfersSlowlyButWhole() throws Exception {
        FAULTS.add(S3Fault.of(Kind.DRIP).atBytesPerSecond(4 * PICTURE_BYTES));

        assertThat(timeOf(() -> put("drip"))).isGreaterThanOrEqualTo(Duration.ofMillis(150));
        assertThat(timeOf(() -> assertThat(get(client, "drip")).isEqualTo(bytes(PICTURE_BYTES))))
                .isGreaterThanOrEqualTo(Duration.ofMillis(150));
    }

    @Test
    void downBreaksOpenAndNewConnectionsUntilItIsCleared() throws Exception {
        put("before the outage");
        FAULTS.add(S3Fault.of(Kind.DOWN));

        for (int tries = 0; tries < 3; tries++) {
            assertThatThrownBy(() -> put("in the outage")).hasRootCauseInstanceOf(IOException.class);
        }
        assertThat(exists("in the outage")).isFalse();
        assertThat(FAULTS.clear().getFirst().applied()).isGreaterThanOrEqualTo(3);

        put("in the outage");
        assertThat(exists("in the outage")).isTrue();
    }

    @Test
    void withoutFaultsOneConnectionServesAllAndLargePicturesPass() throws Exception {
        var pool = new ConnectionPool();
        var fresh = client(store.endpoint(), pool);
        for (int number = 0; number < 20; number++) {
            put(fresh, "calm " + number, PICTURE_BYTES);
        }
        put(fresh, "large", LARGE_BYTES);

        assertThat(get(fresh, "large")).isEqualTo(bytes(LARGE_BYTES));
        assertThat(pool.connectionCount()).isEqualTo(1);
    }

    private static void put(String key) throws Exception {
        put(client, key, PICTURE_BYTES);
    }

    private static void put(MinioClient by, String key, int length) throws Exception {
        by.putObject(PutObjectArgs.builder()
                .bucket(BUCKET)
                .object(key)
                .data(bytes(length), length)
                .headers(Map.of("If-None-Match", "*"))
                .build());
    }

    private static byte[] get(MinioClient by, String key) throws Exception {
        try (var answer =
                by.getObject(GetObjectArgs.builder().bucket(BUCKET).object(key).build())) {
            return answer.readAllBytes();
        }
    }

    private static boolean exists(String key) throws Exception {
        try {
            return direct.statObject(StatObjectArgs.builder()
                                    .bucket(BUCKET)
                                    .object(key)
                                    .build())
                            .size()
                    == PICTURE_BYTES;
        } catch (ErrorResponseException e) {
            assertThat(e.response().code()).isEqualTo(404);
            return false;
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static Duration timeOf(ThrowingCallable work) throws Exception {
        long start = System.nanoTime();
        try {
            work.call();
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static void assertAnswer(ThrowingCallable work, int status, String code) {
        assertThatThrownBy(work).isInstanceOfSatisfying(ErrorResponseException.class, refusal -> {
            assertThat(refusal.response().code()).isEqualTo(status);
            assertThat(refusal.errorResponse().code()).isEqualTo(code);
        });
    }

    private static MinioClient client(String endpoint) {
        return client(endpoint, CONNECTIONS);
    }

    /** A client that tries once only. */
    private static MinioClient client(String endpoint, ConnectionPool pool) {
        return MinioClient.builder()
                .endpoint(endpoint)
                .region(S3Server.REGION)
                .credentials(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)
                .httpClient(new OkHttpClient.Builder()
                        .retryOnConnectionFailure(false)
                        .connectionPool(pool)
                        .build())
                .build();
    }
}
