package dev.renderfleet.worker.providers.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.ThinkingLevel;
import dev.renderfleet.worker.pictures.PictureCheck;
import dev.renderfleet.worker.pictures.PictureCheck.ValidPicture;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.TaskLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProofImageModelTest {

    @TempDir
    Path temp;

    private Path folder;
    private ProofImageModel proof;

    @BeforeEach
    void setUp() {
        folder = temp.resolve("spool");
        proof = new ProofImageModel(Spool.open(folder), PixelSizes.builtIn(), 2);
    }

    private static DrawRequest request(
            String prompt, List<ReferencePicture> references, @Nullable String ratio, OutputSize size) {
        return new DrawRequest(
                "gemini-nano-banana-2.1",
                prompt,
                references,
                Output.of(ratio, size),
                ThinkingLevel.HIGH,
                new Grounding(true, false),
                7L,
                "de-AT",
                Duration.ofMinutes(1),
                "job/1");
    }

    private ValidPicture valid(DrawRequest request) {
        ModelAnswer answer = proof.draw(request, TaskLog.NONE);
        assertThat(answer).isInstanceOf(Drawn.class);
        Drawn drawn = (Drawn) answer;
        assertThat(drawn.usage()).isEqualTo(Usage.NONE);
        try (drawn) {
            var picture = drawn.pictures().getFirst();
            PictureCheck.CheckResult outcome = PictureCheck.check(
                    picture.file().path(),
                    picture.claimedMime(),
                    new Wanted(
                            request.output().aspectRatio(),
                            0.02,
                            request.output().size()));
            assertThat(outcome).isInstanceOf(ValidPicture.class);
            return (ValidPicture) outcome;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1:1, K1, 1024, 1024",
        "21:9, K1, 1584, 672",
        "1:8, K1, 384, 3072",
        "8:1, K1, 3072, 384",
        "9:16, K2, 1536, 2752",
        "7:5, K1, 1208, 864",
    })
    void drawsAtThePixelsOfTheTable(String ratio, OutputSize size, int width, int height) {
        ValidPicture valid = valid(request("Ein Sofa für große Räume", List.of(), ratio, size));

        assertThat(valid.width()).isEqualTo(width);
        assertThat(valid.height()).isEqualTo(height);
        assertThat(valid.mime()).isEqualTo("image/png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n\n",
                "x",
                "中文の🎨 \u202e\u0000 e\u0301 \ud800 العربية",
                "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenfabrikantenwitwe",
            })
    void drawsAnyPrompt(String prompt) {
        assertThat(valid(request(prompt, List.of(), "4:5", OutputSize.K1)).width())
                .isEqualTo(928);
    }

    @Test
    void drawsLongPromptsAndManyReferencesReadableOrNot() throws Exception {
        Path reference = temp.resolve("reference.png");
        try (var drawn = (Drawn) proof.draw(request("a reference", List.of(), "1:1", OutputSize.K1), TaskLog.NONE)) {
            Files.copy(drawn.pictures().getFirst().file().path(), reference);
        }
        Path broken = Files.write(temp.resolve("broken.png"), new byte[100]);
        List<ReferenceRole> roles = List.of(ReferenceRole.values());
        List<ReferencePicture> references = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            references.add(
                    new ReferencePicture(i % 3 == 0 ? broken : reference, "image/png", 1, roles.get(i % roles.size())));
        }

        valid(request("a very long prompt\n".repeat(5_000), references, "16:9", OutputSize.K1));
        valid(request("a lamp", references, "1:4", OutputSize.K1));
        valid(request("a lamp", references, "4:1", OutputSize.K1));
    }

    @Test
    void theSameRequestGivesTheSameBytes() {
        DrawRequest request = request("the same lamp", List.of(), null, OutputSize.K1);

        assertThat(valid(request).sha256()).isEqualTo(valid(request).sha256());
        assertThat(valid(request("another lamp", List.of(), null, OutputSize.K1))
                        .sha256())
                .isNotEqualTo(valid(request).sha256());
    }

    @Test
    void interruptionIsNotSentAndABrokenSpoolIsAFault() throws Exception {
        DrawRequest request = request("a lamp", List.of(), null, OutputSize.K1);
        Thread.currentThread().interrupt();

        ModelAnswer interrupted = proof.draw(request, TaskLog.NONE);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted)
                .isInstanceOfSatisfying(
                        NotDrawn.class, answer -> assertThat(answer.kind()).isEqualTo(FailureKind.NOT_SENT));
        assertThat(SpoolFolders.files(folder)).isEmpty();
        Files.delete(folder.resolve("0").resolve("lock"));
        Files.delete(folder.resolve("0"));
        assertThat(proof.draw(request, TaskLog.NONE))
                .isInstanceOfSatisfying(
                        NotDrawn.class, answer -> assertThat(answer.kind()).isEqualTo(FailureKind.NOT_SENT));
    }
}
