package dev.renderfleet.worker.providers.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No answer of a provider makes a worker contact an internal host, and no download carries a key or follows a redirect. */
class ResultDownloaderTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final byte[] PICTURE = {1, 2, 3};

    @TempDir
    Path temp;

    private Spool spool;

    @BeforeEach
    void setUp() {
        spool = Spool.open(temp);
    }

    private ResultDownloader trusting(String... hosts) {
        // As a name of the public internet that leads to this machine.
        return new ResultDownloader(
                spool, ProviderHttpTest.LIMITS, Set.of(hosts), _ -> List.of(InetAddress.getLoopbackAddress()));
    }

    @Test
    void aTrustedHostMayBePrivateAndGetsNoCredentials() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png", PICTURE));
                var answer = (Answered) trusting("127.0.0.1").download(server.url() + "/a.png?sig=x", LONG)) {
            assertThat(answer.pictures().getFirst().path()).hasBinaryContent(PICTURE);
            assertThat(server.last().line()).isEqualTo("GET /a.png?sig=x HTTP/1.1");
            assertThat(server.last().headers())
                    .doesNotContainKeys("Authorization", "x-key", "x-goog-api-key", "Cookie");
        }
    }

    @Test
    void hostsOfThisMachineAreNotContacted() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png", PICTURE))) {
            assertForbidden(server.url() + "/a.png");
            assertThat(server.requests()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no address",
                "file:///etc/passwd",
                "http://pictures.example.com/a.png",
                "https://pictures.example.com:8443/a.png",
                "https://user:pass@pictures.example.com/a.png",
                "https://localhost/a.png",
                "https://127.0.0.1/a.png",
                "https://2130706433/a.png",
                "https://[::1]/a.png",
                "https://169.254.169.254/latest/meta-data",
                "https://10.0.0.1/a.png",
                "https://metadata.internal/a.png",
                "https://resolves-to-loopback.example.com/a.png"
            })
    void otherAddressesAreForbidden(String address) {
        assertForbidden(address);
    }

    private void assertForbidden(String address) {
        assertThat(trusting("trusted.example.com").download(address, LONG)).isInstanceOfSatisfying(Lost.class, lost -> {
            assertThat(lost.kind()).isEqualTo(FailureKind.RESULT_INVALID);
            assertThat(lost.reason()).isEqualTo("RESULT_ADDRESS_FORBIDDEN");
        });
        assertThat(SpoolFolders.files(temp)).isEmpty();
    }

    @Test
    void aRedirectIsNotFollowed() {
        try (var server = new ScriptedServer(ScriptedServer.says(302, "", "Location: /b.png"))) {
            assertThat(trusting("127.0.0.1").download(server.url() + "/a.png", LONG))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.status()).isEqualTo(302));
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void aLostDownloadIsOfAPictureThatIsBilled() {
        assertThat(trusting("nobody.invalid").download("http://nobody.invalid/a.png", LONG))
                .isInstanceOfSatisfying(
                        Lost.class, lost -> assertThat(lost.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME));
    }
}
