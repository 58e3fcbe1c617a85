package dev.renderfleet.worker.references;

import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_FORBIDDEN;
import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_INVALID;
import static dev.renderfleet.contracts.event.FailureCode.REFERENCE_UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.references.ReferenceFetcher.FetchOutcome;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** References in buckets, and the checks that all references pass. */
class ReferenceFetcherTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    private static final ReferenceLimits LIMITS = new ReferenceLimits(1000, 2500, 64_000_000, 16_384);

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final InMemoryObjectStore fleet = new InMemoryObjectStore("renderfleet", CLOCK);
    private final InMemoryObjectStore shots = new InMemoryObjectStore("product-shots", CLOCK);

    @AfterEach
    void spoolIsEmpty() {
        assertThat(SpoolFolders.files(spool)).isEmpty();
    }

    @Test
    void fetchesTheTenantsOwnObjects() {
        fleet.putBytes("inputs/acme/shoe.png", PictureHeaders.png(800, 600));
        fleet.putBytes("assets/acme/2026/earlier ü.webp", PictureHeaders.webp(1024, 1024));
        shots.putBytes("public/acme/box.jpg", PictureHeaders.jpeg(4000, 3000));

        try (var fetched = (FetchOutcome.Fetched) fetch(
                "s3://renderfleet/inputs/acme/shoe.png",
                "s3://renderfleet/assets/acme/2026/earlier%20%C3%BC.webp",
                "s3://product-shots/public/acme/box.jpg")) {
            assertThat(fetched.references())
                    .extracting(FetchedReference::mime)
                    .containsExactly("image/png", "image/webp", "image/jpeg");
            var first = fetched.references().getFirst();
            assertThat(first.file().path()).hasBinaryContent(PictureHeaders.png(800, 600));
            assertThat(first.sha256()).isEqualTo(Sha256.hex(PictureHeaders.png(800, 600)));
            assertThat(first.width()).isEqualTo(800);
            assertThat(first.height()).isEqualTo(600);
            assertThat(first.picture())
                    .isEqualTo(new ReferencePicture(first.file().path(), "image/png", 64, ReferenceRole.PRODUCT));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://renderfleet/inputs/rival/shoe.png",
                "s3://renderfleet/inputs/acmex/shoe.png",
                "s3://renderfleet/assets/rival/shoe.png",
                "s3://renderfleet/ledger/acme/0.json",
                "s3://renderfleet/other/acme/shoe.png",
                "s3://renderfleet/inputs/acme/../rival/shoe.png",
                "s3://renderfleet/inputs/acme/%2e%2e/rival/shoe.png",
                "s3://renderfleet/inputs/acme/..%2Frival/shoe.png",
                "s3://renderfleet/inputs/acme/..%5Crival/shoe.png",
                "s3://renderfleet/inputs/acme/./shoe.png",
                "s3://renderfleet/inputs/acme//shoe.png",
                "s3://renderfleet//inputs/acme/shoe.png",
                "s3://renderfleet/inputs/acme/%00shoe.png",
                "s3://renderfleet/inputs/acme/",
                "s3://renderfleet/inputs/acme/shoe.png?versionId=1",
                "s3://renderfleet/inputs/acme/shoe.png#x",
                "s3://renderfleet",
                "s3:inputs/acme/shoe.png",
                "s3://somebody-elses/inputs/acme/shoe.png",
                "s3://product-shots/inputs/acme/shoe.png",
                "s3://product-shots/public/rival/box.jpg",
                "s3://product-shots/ledger/acme",
                "http://pictures.example/a.png",
                "file:///etc/passwd",
                "data:image/png;base64,AAAA",
                "inputs/acme/shoe.png"
            })
    void forbidsEverythingElse(String uri) {
        for (var key : List.of(
                "inputs/rival/shoe.png", "ledger/acme/0.json", "inputs/acmex/shoe.png", "inputs/acme/shoe.png")) {
            fleet.putBytes(key, PictureHeaders.png(8, 8));
            shots.putBytes(key, PictureHeaders.png(8, 8));
        }

        assertRefused(fetch(uri), REFERENCE_FORBIDDEN, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "acme/../rival", "acme/x", "{tenant}"})
    void forbidsAnInvalidTenant(String tenant) {
        fleet.putBytes("inputs/rival/shoe.png", PictureHeaders.png(8, 8));

        var outcome = fetcher().fetch(tenant, references("s3://renderfleet/inputs/rival/shoe.png"));

        assertRefused(outcome, REFERENCE_FORBIDDEN, "not below the tenant's own prefixes");
    }

    @Test
    void requiresPrefixesThatEndWithASlash() {
        assertThatThrownBy(() -> new ReadableBucket(shots, "public/{tenant}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must end with a slash");
    }

    @Test
    void reportsAMissingObject() {
        assertRefused(fetch("s3://renderfleet/inputs/acme/none.png"), REFERENCE_UNAVAILABLE, "there is no such object");
    }

    @Test
    void reportsAnUnreadableBucket() {
        shots.failNextReads(1);

        assertRefused(
                fetch("s3://product-shots/public/acme/box.jpg"),
                REFERENCE_UNAVAILABLE,
                "bucket product-shots cannot be read");
    }

    @Test
    void throwsOnAnOutageOfTheFleetsBucket() {
        fleet.putBytes("inputs/acme/shoe.png", PictureHeaders.png(8, 8));
        fleet.failNextReads(1);

        assertThatThrownBy(() -> fetch("s3://renderfleet/inputs/acme/shoe.png")).isInstanceOf(StorageException.class);
    }

    @Test
    void refusesTwentyGigapixels() {
        fleet.putBytes("inputs/acme/a.png", PictureHeaders.png(160_000, 125_000));

        assertRefused(
                fetch("s3://renderfleet/inputs/acme/a.png"),
                REFERENCE_INVALID,
                "has an edge of 160000 pixels; the limit is 16384");
    }

    @Test
    void refusesTooManyPixelsWithinTheEdges() {
        fleet.putBytes("inputs/acme/a.png", PictureHeaders.png(16_384, 16_384));

        assertRefused(
                fetch("s3://renderfleet/inputs/acme/a.png"),
                REFERENCE_INVALID,
                "has 268435456 pixels; the limit is 64000000");
    }

    @Test
    void refusesTooManyBytes() {
        fleet.putBytes("inputs/acme/a.png", Arrays.copyOf(PictureHeaders.png(8, 8), 1001));

        assertRefused(
                fetch("s3://renderfleet/inputs/acme/a.png"),
                REFERENCE_INVALID,
                "is larger than 1000 bytes, which is the limit");
    }

    @Test
    void refusesTooManyBytesInAll() {
        fleet.putBytes("inputs/acme/a.png", Arrays.copyOf(PictureHeaders.png(8, 8), 900));
        var address = "s3://renderfleet/inputs/acme/a.png";

        assertThat(fetch(address, address, address))
                .isEqualTo(new FetchOutcome.Refused(
                        REFERENCE_INVALID,
                        "references[2].uri",
                        "references[2].uri makes the job's references larger than 2500 bytes in all, which is"
                                + " the limit"));
    }

    @Test
    void refusesOtherFiles() {
        fleet.putBytes("inputs/acme/a.png", "GIF89a, renamed".getBytes(UTF_8));

        assertRefused(fetch("s3://renderfleet/inputs/acme/a.png"), REFERENCE_INVALID, "is not a PNG, JPEG or WebP");
    }

    @Test
    void refusesAnotherDigest() {
        fleet.putBytes("inputs/acme/a.png", PictureHeaders.png(8, 8));
        var meant = Sha256.hex(PictureHeaders.png(9, 9));

        var outcome = fetcher()
                .fetch(
                        "acme",
                        List.of(new Reference(
                                URI.create("s3://renderfleet/inputs/acme/a.png"), ReferenceRole.STYLE, meant)));

        assertRefused(
                outcome, REFERENCE_INVALID, "has sha256 " + Sha256.hex(PictureHeaders.png(8, 8)) + ", not " + meant);
    }

    @Test
    void deletesEarlierFilesWhenALaterReferenceIsRefused() {
        fleet.putBytes("inputs/acme/a.png", PictureHeaders.png(8, 8));

        var outcome = fetch("s3://renderfleet/inputs/acme/a.png", "s3://renderfleet/ledger/acme/a");

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        FetchOutcome.Refused.class,
                        refused -> assertThat(refused.field()).isEqualTo("references[1].uri"));
    }

    @Test
    void abortsOnInterrupt() {
        fleet.putBytes("inputs/acme/a.png", PictureHeaders.png(8, 8));
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> fetch("s3://renderfleet/inputs/acme/a.png")).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private FetchOutcome fetch(String... uris) {
        return fetcher().fetch("acme", references(uris));
    }

    private static List<Reference> references(String... uris) {
        return Arrays.stream(uris)
                .map(uri -> new Reference(URI.create(uri), ReferenceRole.PRODUCT, null))
                .toList();
    }

    private ReferenceFetcher fetcher() {
        var https = new HttpsSource(
                new OkHttpClient(), Dns.SYSTEM, HostPolicy.STRICT, HttpsTimeouts.DEFAULT, CLOCK, _ -> true);
        return new ReferenceFetcher(
                fleet, List.of(new ReadableBucket(shots, "public/{tenant}/")), https, Spool.open(spool), LIMITS);
    }

    private static void assertRefused(FetchOutcome outcome, FailureCode code, String message) {
        assertThat(outcome).isInstanceOfSatisfying(FetchOutcome.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(code);
            assertThat(refused.field()).isEqualTo("references[0].uri");
            assertThat(refused.message()).startsWith("references[0].uri ").contains(message);
        });
    }
}
