package dev.renderfleet.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ImageProviderContractTest;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ShutdownNotice;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenAiContractTest extends ImageProviderContractTest {

    @Override
    protected ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new OpenAiSimulator(state, renderer, 1, clock);
    }

    @Override
    protected ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new OpenAiImageProvider(spool, baseUrl, key, WireLimits.DEFAULT, InstantSource.system());
    }

    @Override
    protected String model() {
        return "gpt-image-2.6-flare";
    }

    /** An image that arrived is kept, though the rest of the answer is missing. */
    @Override
    protected @Nullable FailureKind meaning(WireFault fault) {
        return fault == WireFault.CLOSE_NEAR_END ? null : super.meaning(fault);
    }

    @Override
    protected List<Row> answers() {
        return List.of(
                Row.free("[[sim:MODERATION]]", FailureKind.INPUT_REFUSED, "moderation_blocked"),
                Row.billed("[[sim:MODERATION_AFTER]]", FailureKind.INPUT_REFUSED, "moderation_blocked"),
                Row.billed("[[sim:NO_IMAGE]]", FailureKind.NO_IMAGE, null),
                Row.billed("[[sim:NO_DATA]]", FailureKind.NO_IMAGE, null),
                Row.free("[[sim:400]]", FailureKind.REQUEST_INVALID, "invalid_value"),
                Row.free("[[sim:401]]", FailureKind.AUTH_REFUSED, "invalid_api_key"),
                Row.free("[[sim:403]]", FailureKind.AUTH_REFUSED, null),
                Row.free("[[sim:404]]", FailureKind.MODEL_GONE, "model_not_found"),
                Row.free("[[sim:409]]", FailureKind.PROVIDER_FAULT, null),
                Row.free("[[sim:429]]", FailureKind.RATE_LIMITED, "rate_limit_exceeded"),
                Row.free("[[sim:429_QUOTA]]", FailureKind.BILLING_REFUSED, "insufficient_quota"),
                Row.free("[[sim:500]]", FailureKind.PROVIDER_FAULT, null),
                Row.free("[[sim:503]]", FailureKind.OVERLOADED, null));
    }

    @Test
    void severalImagesAreOneCall() {
        try (Drawn drawn = drawn(provider().draw(images(3, "gpt-image-2", "a lamp", List.of()), newLog()))) {
            assertThat(drawn.pictures()).hasSize(3);
        }
        assertThat(simulator().state().ledger().statement(0).images()).isEqualTo(3);
        assertCalls(1, 1);
    }

    @Test
    void fewerImagesThanWantedAreDelivered() {
        String prompt = "a lamp [[sim:FEWER_IMAGES count=2]]";
        try (Drawn drawn = drawn(provider().draw(images(3, "gpt-image-2", prompt, List.of()), newLog()))) {
            assertThat(drawn.pictures()).hasSize(2);
        }
        assertCalls(1, 1);
    }

    /** The simulator refuses one of another size or without transparency. */
    @Test
    void aMaskIsTranslated(@TempDir Path files) throws Exception {
        Path photo = files.resolve("photo.png");
        Path mask = files.resolve("mask.png");
        ImageIO.write(new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB), "png", photo.toFile());
        ImageIO.write(new BufferedImage(64, 32, BufferedImage.TYPE_BYTE_GRAY), "png", mask.toFile());
        var references = List.of(
                new ReferencePicture(photo, "image/png", Files.size(photo), ReferenceRole.PRODUCT),
                new ReferencePicture(mask, "image/png", Files.size(mask), ReferenceRole.MASK));

        drawn(provider().draw(images(1, "gpt-image-2", "a lamp", references), newLog()))
                .close();

        assertCalls(1, 1);
    }

    @Test
    void aModelThatWasShutDownIsGone() {
        assertMeaning(provider().draw(images(1, "gpt-image-1", "a lamp", List.of()), newLog()), FailureKind.MODEL_GONE);
        assertCalls(0, 1);
    }

    @Test
    void theEndOfAModelIsReadWithoutABill() {
        assertThat(provider().shutdown("gpt-image-2")).isEqualTo(new ShutdownNotice.None());
        assertThat(provider().shutdown("gpt-image-1")).isEqualTo(new ShutdownNotice.Unread("HTTP_404"));
        assertCalls(0, 0);
    }

    private static DrawRequest images(int count, String model, String prompt, List<ReferencePicture> references) {
        var output = new Output("1:1", OutputSize.K1, count, null, Quality.LOW, null, List.of());
        return new DrawRequest(model, prompt, references, output, null, null, null, null, LONG, "job/1");
    }
}
