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
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** References in buckets, and the checks that all references pass. */
class ReferenceFetcherTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    private static final ReferenceLimits LIMITS = new ReferenceLimits(100_000, 250_000, 64_000_000, 16_384);

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
        byte[] shoe = TestPictures.png(80, 60);
        fleet.putBytes("inputs/acme/shoe.png", shoe);
        fleet.putBytes("assets/acme/2026/earlier ü.webp", TestPictures.webp());
        shots.putBytes("public/acme/box.jpg", TestPictures.jpeg(400, 300));

        try (var fetched = (FetchOutcome.Fetched) fetch(
                "s3://renderfleet/inputs/acme/shoe.png",
                "s3://renderfleet/assets/acme/2026/earlier%20%C3%BC.webp",
                "s3://product-shots/public/acme/box.jpg")) {
            assertThat(fetched.references())
                    .extracting(FetchedReference::mime)
                    .containsExactly("image/png", "image/webp", "image/jpeg");
            var first = fetched.references().getFirst();
            assertThat(first.file().path()).hasBinaryContent(shoe);
            assertThat(first.sha256()).isEqualTo(Sha256.hex(shoe));
            assertThat(first.width()).isEqualTo(80);
            assertThat(first.height()).isEqualTo(60);
            assertThat(first.picture())
                    .isEqualTo(
                            new ReferencePicture(first.file().path(), "image/png", shoe.length, ReferenceRole.PRODUCT));
        }
    }

    /** Only what has its digest in its key, below a prefix that workers alone write. */
    @Test
    void anImageOfTheFleetHasAKeyWhoseContentNeverChanges() {
        byte[] shoe = TestPictures.png(80, 60);
        String named = Sha256.hex(shoe) + ".png";
        fleet.putBytes("assets/acme/1/" + named, shoe);
        fleet.putBytes("assets/acme/1/shoe.png", shoe);
        fleet.putBytes("inputs/acme/" + named, shoe);
        shots.putBytes("public/acme/" + named, shoe);

        try (var fetched = (FetchOutcome.Fetched) fetch(
                "s3://renderfleet/assets/acme/1/" + named,
                "s3://renderfleet/assets/acme/1/shoe.png",
                "s3://renderfleet/inputs/acme/" + named,
                "s3://product-shots/public/acme/" + named)) {
            assertThat(fetched.references())
                    .extracting(reference -> reference.picture().storedKey())
                    .containsExactly("assets/acme/1/" + named, null, null, null);
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
                "s3://another-bucket/inputs/acme/shoe.png",
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
        fleet.putBytes("inputs/rival/shoe.png", TestPictures.png(8, 8));

        var outcome = fetch(tenant, references("s3://renderfleet/inputs/rival/shoe.png"));

        assertRefused(outcome, REFERENCE_FORBIDDEN, "not below the tenant's own prefixes");
    }

    @Test
    void requiresPrefixesThatEndWithASlash() {
        assertThatThrownBy(() -> new ReadableBucket(shots, "public/{tenant}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must end with a slash");
    }

    @Test
    void aStoreThatDeniesAccessIsNotQuoted() {
        fleet.denyFetches("HTTP 403 AccessDenied: user arn:aws:iam::1234:user/fleet");

        var outcome = fetch("s3://renderfleet/inputs/acme/a.png");

        assertRefused(outcome, REFERENCE_UNAVAILABLE, "access to the object is denied");
        assertThat(outcome.toString()).doesNotContain("arn");
    }

    @Test
    void reportsAMissingObject() {
        assertRefused(fetch("s3://renderfleet/inputs/acme/none.png"), REFERENCE_UNAVAILABLE, "there is no such object");
    }

    /** Such as a 403 RequestTimeTooSkewed, which is no fault of the job. */
    @ParameterizedTest
    @ValueSource(strings = {"s3://renderfleet/inputs/acme/shoe.png", "s3://product-shots/public/acme/box.jpg"})
    void anUnavailableBucketIsTriedAgainLater(String uri) {
        fleet.failNextReads(1);
        shots.failNextReads(1);

        assertThat(fetch(uri)).isInstanceOfSatisfying(FetchOutcome.Later.class, later -> {
            assertThat(later.reference()).isZero();
            assertThat(later.message()).startsWith("references[0].uri bucket ").endsWith(" cannot be read now");
        });
    }

    @Test
    void aFaultOfTheSpoolIsNotTheReferences() throws IOException {
        fleet.putBytes("inputs/acme/shoe.png", TestPictures.png(8, 8));
        var prefetcher = prefetcher();
        for (Path file : SpoolFolders.all(spool)) {
            Files.delete(file);
        }

        assertThat(fetch(prefetcher, "acme", references("s3://renderfleet/inputs/acme/shoe.png")))
                .isInstanceOf(FetchOutcome.LocalFault.class);
    }

    @Test
    void aDiskThatFailsDuringTheDownloadIsNotTheReferences() {
        fleet.putBytes("inputs/acme/shoe.png", TestPictures.png(8, 8));
        fleet.beforeFetch(_ -> {
            throw new UncheckedIOException("cannot write", new IOException("No space left on device"));
        });
        var opened = Spool.open(spool);

        assertThat(fetch(prefetcher(opened), "acme", references("s3://renderfleet/inputs/acme/shoe.png")))
                .isEqualTo(new FetchOutcome.LocalFault("cannot write: java.io.IOException: No space left on device"));
        assertThat(opened.hasRoomFor(0)).as("the intake stops").isFalse();
        assertThat(opened.recheck(0)).as("a whole picture fits again").isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "half,     'ends in the middle'",
        "jpeg,     'ends in the middle'",
        "xcsn0g01, 'checksum of chunk IDAT is wrong'",
        "xdtn0g01, 'has no pixel data'",
        "xc9n2c08, 'cannot be decoded: I/O error reading PNG header'",
        "inflate,  'cannot be decoded'",
        "scans,    'has more than 100 scans'"
    })
    void refusesADamagedPicture(String kind, String damage) {
        fleet.putBytes("inputs/acme/a.png", DamagedPictures.of(kind));

        assertRefused(fetch("s3://renderfleet/inputs/acme/a.png"), REFERENCE_INVALID, "is a damaged image: " + damage);
    }

    /** Viewers and providers ignore these. */
    @ParameterizedTest
    @ValueSource(strings = {"comment checksum", "bytes after the end", "padding"})
    void acceptsAPictureWithDamageBesideItsPixels(String kind) {
        fleet.putBytes("inputs/acme/a.png", DamagedPictures.of(kind));

        ((FetchOutcome.Fetched) fetch("s3://renderfleet/inputs/acme/a.png")).close();
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
        fleet.putBytes("inputs/acme/a.png", Arrays.copyOf(PictureHeaders.png(8, 8), 100_001));

        assertRefused(
                fetch("s3://renderfleet/inputs/acme/a.png"),
                REFERENCE_INVALID,
                "is larger than 100000 bytes, which is the limit");
    }

    @Test
    void refusesTooManyBytesInAll() {
        fleet.putBytes("inputs/acme/a.png", Arrays.copyOf(TestPictures.png(8, 8), 90_000));
        var address = "s3://renderfleet/inputs/acme/a.png";

        assertThat(fetch(address, address, address))
                .isEqualTo(new FetchOutcome.Refused(
                        REFERENCE_INVALID,
                        "references[2].uri",
                        "references[2].uri makes the job's references larger than 250000 bytes in all, which is"
                                + " the limit"));
    }

    @Test
    void refusesOtherFiles() {
        fleet.putBytes("inputs/acme/a.png", "GIF89a, renamed".getBytes(UTF_8));

        assertRefused(fetch("s3://renderfleet/inputs/acme/a.png"), REFERENCE_INVALID, "is not a PNG, JPEG or WebP");
    }

    @Test
    void refusesAnotherDigest() {
        fleet.putBytes("inputs/acme/a.png", TestPictures.png(8, 8));
        var meant = Sha256.hex(TestPictures.png(9, 9));

        var outcome = fetch(
                "acme",
                List.of(new Reference(URI.create("s3://renderfleet/inputs/acme/a.png"), ReferenceRole.STYLE, meant)));

        assertRefused(
                outcome, REFERENCE_INVALID, "has sha256 " + Sha256.hex(TestPictures.png(8, 8)) + ", not " + meant);
    }

    @Test
    void deletesEarlierFilesWhenALaterReferenceIsRefused() {
        fleet.putBytes("inputs/acme/a.png", TestPictures.png(8, 8));

        var outcome = fetch("s3://renderfleet/inputs/acme/a.png", "s3://renderfleet/ledger/acme/a");

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        FetchOutcome.Refused.class,
                        refused -> assertThat(refused.field()).isEqualTo("references[1].uri"));
    }

    @Test
    void abortsAfterAShutdown() {
        fleet.putBytes("inputs/acme/a.png", TestPictures.png(8, 8));
        var prefetcher = prefetcher();
        prefetcher.close();

        assertThat(fetch(prefetcher, "acme", references("s3://renderfleet/inputs/acme/a.png")))
                .isInstanceOf(FetchOutcome.Aborted.class);
    }

    private FetchOutcome fetch(String... uris) {
        return fetch("acme", references(uris));
    }

    private FetchOutcome fetch(String tenant, List<Reference> references) {
        return fetch(prefetcher(), tenant, references);
    }

    private static FetchOutcome fetch(ReferencePrefetcher prefetcher, String tenant, List<Reference> references) {
        return prefetcher
                .of(new ReferenceDemand(tenant, references, Instant.EPOCH, null, () -> false))
                .fetch("nano");
    }

    private static List<Reference> references(String... uris) {
        return Arrays.stream(uris)
                .map(uri -> new Reference(URI.create(uri), ReferenceRole.PRODUCT, null))
                .toList();
    }

    private ReferencePrefetcher prefetcher() {
        return prefetcher(Spool.open(spool));
    }

    private ReferencePrefetcher prefetcher(Spool opened) {
        var https = new HttpsSource(new OkHttpClient(), Dns.SYSTEM, HostPolicy.STRICT, HttpsTimeouts.DEFAULT, CLOCK);
        var fetcher = new ReferenceFetcher(
                fleet, List.of(new ReadableBucket(shots, "public/{tenant}/")), https, opened, LIMITS);
        return new ReferencePrefetcher(fetcher, 4, _ -> true, CLOCK);
    }

    private static void assertRefused(FetchOutcome outcome, FailureCode code, String message) {
        assertThat(outcome).isInstanceOfSatisfying(FetchOutcome.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(code);
            assertThat(refused.field()).isEqualTo("references[0].uri");
            assertThat(refused.message()).startsWith("references[0].uri ").contains(message);
        });
    }
}
