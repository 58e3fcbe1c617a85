package dev.renderfleet.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same, where each call is an edit whose pictures OpenAI reads at pre-signed addresses. */
class EditByUrlContractTest extends OpenAiContractTest {

    private static final String STORED = "assets/acme/1/0.png";

    @TempDir
    Path files;

    private final AtomicInteger reads = new AtomicInteger();
    private InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", InstantSource.system());
    private int status = 200;
    private HttpListener bucket;

    @BeforeEach
    void startBucket() {
        store = new InMemoryObjectStore("renderfleet", InstantSource.system());
        status = 200;
        reads.set(0);
        bucket = HttpListener.start(Ports.loopback(0), (request, exchange) -> exchange.respond(object(request)));
    }

    @AfterEach
    void nothingIsLentAnyMore() throws IOException {
        bucket.close();
        assertThat(store.keys("lent/")).isEmpty();
    }

    private HttpResponse object(HttpRequest request) {
        byte[] bytes = store.bytes(request.path().substring(1));
        boolean signed = request.query("X-Amz-Signature").filter(SECRET::equals).isPresent();
        if (status != 200 || bytes == null || !signed) {
            return HttpResponse.text(status == 200 ? 403 : status, "application/xml", "<Error/>");
        }
        reads.incrementAndGet();
        return HttpResponse.of(200, "image/png", HttpResponse.bytes(bytes));
    }

    private String signed(String key, Duration life) {
        return "http://127.0.0.1:%d/%s?X-Amz-Expires=%d&X-Amz-Signature=%s"
                .formatted(bucket.port(), key, life.toSeconds(), SECRET);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        var lender = new PictureLender(store, this::signed);
        return new OpenAiImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, InstantSource.system(), lender);
    }

    @Override
    protected DrawRequest request(String prompt, Duration timeout, List<ReferencePicture> references) {
        return super.request(prompt, timeout, references.isEmpty() ? List.of(photo(null)) : references);
    }

    private ReferencePicture photo(@Nullable String storedKey) {
        try {
            byte[] png = TestPictures.png(64, 48);
            Path file = Files.write(files.resolve("reference.png"), png);
            return new ReferencePicture(file, "image/png", png.length, ReferenceRole.PRODUCT, storedKey);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void assertReferencesSent(int sentBytes, int pictureBytes) {
        assertThat(sentBytes).isLessThan(2_000);
        assertThat(reads).hasValue(2);
    }

    /** What is refused as invalid is sent with its files: {@link #whatIsRefusedAsInvalidIsSentWithItsFilesOnce}. */
    @Override
    protected List<Row> answers() {
        return super.answers().stream()
                .filter(row -> row.kind() != FailureKind.REQUEST_INVALID)
                .toList();
    }

    @Test
    void whatIsRefusedAsInvalidIsSentWithItsFilesOnce() {
        assertMeaning(draw("a lamp [[sim:400]]"), FailureKind.REQUEST_INVALID);
        assertCalls(0, 2);
    }

    /** The simulator answers with the whole address in its message. */
    @Test
    void picturesThatCannotBeReadAreUploaded() {
        for (int unreadable : List.of(403, 404, 500)) {
            status = unreadable;
            assertMeaning(draw("a lamp"), null);
        }
        assertCalls(3, 6);
        assertThat(reads).hasValue(0);
    }

    @Test
    void anAddressThatIsRefusedByTheProviderIsAnUpload() {
        assertMeaning(draw("a lamp [[sim:URL_UNREADABLE]]"), null);
        assertCalls(1, 2);
    }

    @Test
    void picturesThatCannotBeStoredAreUploaded() {
        store.failNextPutsBeforeWriting(1);

        assertMeaning(draw("a lamp"), null);
        assertCalls(1, 1);
        assertThat(reads).hasValue(0);
    }

    @Test
    void anImageOfTheFleetIsReadWhereItIs() {
        store.putBytes(STORED, TestPictures.png(64, 48));
        // A copy would be refused, and then uploaded.
        store.failNextPutsBeforeWriting(1);

        assertMeaning(provider().draw(request("a lamp", LONG, List.of(photo(STORED))), newLog()), null);

        assertCalls(1, 1);
        assertThat(reads).hasValue(1);
        assertThat(store.keys("")).containsExactly(STORED);
    }
}
