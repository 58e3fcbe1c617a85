package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import dev.renderfleet.worker.storage.S3Endpoint.Addressing;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the store is reached: bucket in the path or in the host, and TLS with certificates of a private authority. */
class S3EndpointTest {

    private static final String PASSWORD = "changeit";
    private static final S3Timeouts TIMEOUTS = new S3Timeouts(
            Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20));
    private static final Backoff NONE = new Backoff(_ -> true, () -> 0);

    @TempDir
    Path folder = Path.of("set by JUnit");

    @Test
    void theBucketIsInThePathOrInTheHost() throws IOException {
        try (var s3 = new FaultyS3()) {
            put(s3, "s3.example", null, "usual");
            put(s3, "s3.example", Addressing.VIRTUAL_HOSTED, "in host");
            put(s3, "s3.example", Addressing.PATH, "in path");
            put(s3, "s3.eu-central-1.amazonaws.com", Addressing.PATH, "in path at Amazon");

            assertThat(s3.hosts())
                    .containsExactly(
                            "s3.example", "renderfleet.s3.example", "s3.example", "s3.eu-central-1.amazonaws.com");
        }
    }

    private static void put(FaultyS3 s3, String host, @Nullable Addressing addressing, String key) {
        var endpoint = new S3Endpoint(s3.address(host), "eu-central-1", addressing, null);
        var loopback = S3Http.client(TIMEOUTS, null)
                .newBuilder()
                .dns(_ -> List.of(InetAddress.getLoopbackAddress()))
                .build();
        try (var store =
                new MinioObjectStore(new S3Bucket(FaultyS3.access(endpoint), TIMEOUTS, loopback), NONE, _ -> {})) {
            assertThat(store.putIfAbsent(key, "{}")).isInstanceOf(PutResult.Written.class);
        }
        assertThat(s3.store().bytes(key)).isNotNull();
    }

    @Test
    void aPrivateAuthorityIsTrustedWhereItIsSet() throws Exception {
        KeyStore keys = privateAuthority();
        Path authority = folder.resolve("ca.pem");
        Files.writeString(
                authority,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("ca").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        try (var s3 = FaultyS3.withTls(server(keys));
                var trusting = store(s3, authority);
                var unknowing = store(s3, null)) {
            assertThat(trusting.putIfAbsent("k", "{}")).isInstanceOf(PutResult.Written.class);
            assertThatThrownBy(() -> unknowing.putIfAbsent("k", "{}"))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("renderfleet.s3.ca-file");
        }
    }

    @Test
    void aFileWithoutCertificatesIsRefused() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        Path absent = folder.resolve("absent.pem");

        for (Path file : List.of(empty, absent)) {
            assertThatThrownBy(() -> S3Http.client(TIMEOUTS, file)).hasMessageContaining(file.toString());
        }
    }

    private static MinioObjectStore store(FaultyS3 s3, @Nullable Path caFile) {
        var endpoint = new S3Endpoint(s3.address("127.0.0.1"), "us-east-1", null, caFile);
        return new MinioObjectStore(FaultyS3.access(endpoint), TIMEOUTS, NONE, _ -> {});
    }

    /** A key store with an authority {@code ca}, and a key {@code server} for 127.0.0.1 that it has signed; the JDK's keytool makes it. */
    private KeyStore privateAuthority() throws Exception {
        Path file = folder.resolve("keys.p12");
        keytool(file, "ca", "-dname", "CN=private authority", "-ext", "bc:c");
        keytool(file, "server", "-dname", "CN=s3", "-ext", "san=ip:127.0.0.1", "-signer", "ca");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private static void keytool(Path file, String alias, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                alias,
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static SSLContext server(KeyStore keys) throws Exception {
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.deleteEntry("ca");
        keyManagers.init(keys, PASSWORD.toCharArray());
        var tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), null, null);
        return tls;
    }
}
