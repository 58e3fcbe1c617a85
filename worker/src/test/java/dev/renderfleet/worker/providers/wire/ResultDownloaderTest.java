package dev.renderfleet.worker.providers.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No answer of a provider makes a worker contact an internal host, and no download carries a key or follows a redirect. */
class ResultDownloaderTest {

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
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png; a=b", PICTURE))) {
            assertThat(trusting("127.0.0.1").download(server.url() + "/a.png?sig=x"))
                    .isInstanceOfSatisfying(Picture.class, result -> {
                        assertThat(result.picture().file().path()).hasBinaryContent(PICTURE);
                        assertThat(result.picture().claimedMime()).isEqualTo("image/png");
                        result.picture().file().close();
                    });
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
        assertMissing(
                trusting("trusted.example.com").download(address),
                FailureKind.RESULT_INVALID,
                "RESULT_ADDRESS_FORBIDDEN");
    }

    private void assertMissing(Download result, FailureKind kind, String reason) {
        assertThat(result).isInstanceOfSatisfying(Missing.class, missing -> {
            assertThat(missing.kind()).isEqualTo(kind);
            assertThat(missing.reason()).isEqualTo(reason);
        });
        assertThat(SpoolFolders.files(temp)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "302, RESULT_INVALID, RESULT_HTTP_302",
        "400, RESULT_INVALID, RESULT_HTTP_400",
        "403, RESULT_EXPIRED, RESULT_EXPIRED",
        "404, RESULT_EXPIRED, RESULT_EXPIRED",
        "410, RESULT_EXPIRED, RESULT_EXPIRED",
        "408, UNKNOWN_OUTCOME, RESULT_HTTP_408",
        "429, UNKNOWN_OUTCOME, RESULT_HTTP_429",
        "503, UNKNOWN_OUTCOME, RESULT_HTTP_503"
    })
    void aRefusalIsFinalOrNotAndARedirectIsNotFollowed(int status, FailureKind kind, String reason) {
        try (var server = new ScriptedServer(ScriptedServer.says(status, "", "Location: /b.png"))) {
            assertMissing(trusting("127.0.0.1").download(server.url() + "/a.png"), kind, reason);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void anEmptyPictureIsInvalid() {
        try (var server = new ScriptedServer(ScriptedServer.says(200, "image/png", new byte[0]))) {
            assertMissing(
                    trusting("127.0.0.1").download(server.url() + "/a.png"),
                    FailureKind.RESULT_INVALID,
                    "EMPTY_RESULT");
        }
    }

    @Test
    void aLostDownloadIsOfAPictureThatIsBilled() {
        assertThat(trusting("nobody.invalid").download("http://nobody.invalid/a.png"))
                .isInstanceOfSatisfying(
                        Missing.class, missing -> assertThat(missing.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME));
    }
}
