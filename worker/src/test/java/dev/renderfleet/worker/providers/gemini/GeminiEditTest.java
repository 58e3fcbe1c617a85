package dev.renderfleet.worker.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.Consumption;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Prices;
import dev.renderfleet.contracts.event.EventParts.SearchSource;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.Turn;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Turns of a conversation and searches, against the simulator, which refuses a wrong signature and bills each query. */
@ParameterizedClass
@EnumSource(names = {"DEVELOPER_API", "VERTEX_EXPRESS"})
class GeminiEditTest {

    private static final String MODEL = "gemini-nano-banana-2.1";
    private static final Prices PRICES =
            Objects.requireNonNull(ModelCatalogue.builtIn().find(MODEL)).prices();
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path temp;

    private final Platform platform;

    GeminiEditTest(Platform platform) {
        this.platform = platform;
    }

    private GeminiSimulator simulator;
    private ControlServer server;
    private GeminiImageModel model;
    private ReferencePicture shoe;

    @BeforeEach
    void start() throws IOException {
        InstantSource clock = InstantSource.system();
        simulator = new GeminiSimulator(SimulatorState.fresh(1, 1_000, clock), new PictureRenderer(), 1, clock);
        server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE);
        model = new GeminiImageModel(
                Spool.open(temp.resolve("spool")),
                URI.create(server.address(simulator.name())),
                platform.account(simulator.apiKey()),
                WireLimits.DEFAULT,
                clock);
        byte[] png = TestPictures.png(64, 64);
        shoe = new ReferencePicture(
                Files.write(temp.resolve("shoe.png"), png), "image/png", png.length, ReferenceRole.PRODUCT);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void theNextTurnSendsTheEarlierOnesWithTheirSignatures() throws Exception {
        Turn first = turn("a shoe on a beach", List.of(shoe), draw("a shoe on a beach", List.of(shoe), List.of()));
        Turn second = turn("make it red", List.of(), draw("make it red", List.of(), List.of(first)));

        try (Drawn third = drawn(draw("now at night", List.of(shoe), List.of(first, second)))) {
            assertThat(third.pictures().getFirst().reply())
                    .singleElement()
                    .satisfies(part -> assertThat(part.signature()).isNotEmpty());
            assertThat(third.usage().promptTokens())
                    .as("all pictures are sent again")
                    .isGreaterThan(4 * 560);
        }
        assertThat(bill().calls()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"AAAA", "''"})
    void aWrongSignatureIsRefusedAndCostsNothing(String signature) throws Exception {
        Turn first = turn("a shoe", List.of(), draw("a shoe", List.of(), List.of()));
        String sent = signature.isEmpty() ? null : signature;
        Turn garbled =
                new Turn(first.prompt(), null, first.references(), first.picture(), List.of(new ReplyPart(null, sent)));

        assertThat(draw("make it red", List.of(), List.of(garbled))).isInstanceOfSatisfying(NotDrawn.class, refused -> {
            assertThat(refused.kind()).isEqualTo(FailureKind.SESSION_REFUSED);
            assertThat(refused.detail()).contains("Invalid thought signature for content at index 1");
        });
        assertThat(bill().calls()).isEqualTo(1);
    }

    /** Each row: the searches that a job permits, the queries that the model sends, of which it bills each. */
    @ParameterizedTest
    @CsvSource({
        "true, false, '', 3",
        "false, true, '', 3",
        "true, true, QUERIES count=7, 7",
        "true, false, QUERIES count=0, 0"
    })
    void eachQueryIsCountedAndBilled(boolean pages, boolean pictures, String directive, int queries) throws Exception {
        String prompt = "the harbour of Oslo" + (directive.isEmpty() ? "" : " [[sim:" + directive + "]]");

        try (Drawn drawn = drawn(search(prompt, new Grounding(pages, pictures)))) {
            assertThat(Objects.requireNonNullElse(drawn.usage().searches(), 0L)).isEqualTo(queries);
            assertThat(cost(drawn.usage(), 1)).as("the bill").isEqualTo(bill().usdMicros());
            if (queries == 0) {
                assertThat(drawn.search()).isNull();
            } else {
                assertThat(Objects.requireNonNull(drawn.search()).queries()).hasSize(queries);
                assertThat(drawn.search().displayHtml()).startsWith("<div");
                assertThat(drawn.search().sources())
                        .extracting(SearchSource::uri)
                        .as("whole, since readers must be able to follow it")
                        .contains(
                                pictures
                                        ? "https://example.org/gallery?page=1"
                                        : "https://vertexaisearch.cloud.google.com/grounding-api-redirect/page-1");
            }
        }
    }

    @Test
    void aBlockedAnswerBillsItsQueriesToo() {
        ModelAnswer answer = search("Oslo [[sim:NO_IMAGE]]", new Grounding(true, false));

        assertThat(answer)
                .isInstanceOfSatisfying(
                        NotDrawn.class,
                        failed -> assertThat(cost(failed.usage(), 0)).isEqualTo(bill().usdMicros()));
        assertThat(bill().usdMicros()).isGreaterThan(3 * 14_000);
    }

    /** A signature of megabytes costs the session, not the paid picture. */
    @Test
    void aLargeSignatureIsDropped() throws Exception {
        byte[] picture = TestPictures.png(64, 64);
        String signature = Base64.getEncoder().encodeToString(new byte[6 * 1024 * 1024]);
        String body = GeminiFixture.answer(
                "{\"text\":\"here\"},"
                        + GeminiFixture.picturePart(picture, ",\"thoughtSignature\":\"" + signature + "\""),
                "STOP");
        try (var scripted = new ScriptedServer(
                ScriptedServer.says(200, "application/json", body.getBytes(StandardCharsets.UTF_8)))) {
            ModelAnswer answer = GeminiFixture.inVirtualThread(() -> new GeminiImageModel(
                            Spool.open(temp.resolve("other")),
                            scripted.url(),
                            platform.account(GeminiFixture.KEY),
                            WireLimits.DEFAULT,
                            InstantSource.system())
                    .draw(request("a shoe", List.of(), null, List.of()), TaskLog.NONE));

            try (Drawn drawn = drawn(answer)) {
                assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(picture);
                assertThat(drawn.pictures().getFirst().reply()).isEmpty();
            }
        }
    }

    private long cost(Usage usage, int pictures) {
        return PRICES.answerUsdMicros(new Consumption("1K", null, 0, usage, pictures, LONG));
    }

    private BillingLedger.Statement bill() {
        return simulator.state().ledger().statement(0);
    }

    /** A finished turn; its picture is kept. */
    private Turn turn(String prompt, List<ReferencePicture> references, ModelAnswer answer) throws IOException {
        try (Drawn drawn = drawn(answer)) {
            DrawnPicture picture = drawn.pictures().getFirst();
            Path kept = Files.copy(picture.file().path(), temp.resolve(prompt.hashCode() + ".jpg"));
            return new Turn(
                    prompt,
                    null,
                    references,
                    new ReferencePicture(kept, picture.claimedMime(), Files.size(kept), null),
                    picture.reply());
        }
    }

    private ModelAnswer draw(String prompt, List<ReferencePicture> references, List<Turn> earlier) {
        return GeminiFixture.inVirtualThread(
                () -> model.draw(request(prompt, references, null, earlier), TaskLog.NONE));
    }

    private ModelAnswer search(String prompt, Grounding grounding) {
        return GeminiFixture.inVirtualThread(
                () -> model.draw(request(prompt, List.of(), grounding, List.of()), TaskLog.NONE));
    }

    private static DrawRequest request(
            String prompt, List<ReferencePicture> references, @Nullable Grounding grounding, List<Turn> earlier) {
        return new DrawRequest(
                MODEL,
                prompt,
                references,
                Output.of("1:1", OutputSize.K1),
                null,
                grounding,
                null,
                null,
                LONG,
                "job/1",
                earlier);
    }

    private static Drawn drawn(ModelAnswer answer) {
        assertThat(answer).isInstanceOf(Drawn.class);
        return (Drawn) answer;
    }
}
