package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/** Draws the pictures of an answer as the simulator's settings want them, right or with faults. */
public final class SimulatedPictures {
    private static final int PIXELS_TOO_FEW = 16;

    private final PictureRenderer renderer;
    private final SimulatorSettings settings;

    public SimulatedPictures(PictureRenderer renderer, SimulatorSettings settings) {
        this.renderer = renderer;
        this.settings = settings;
    }

    public Picture draw(PictureRequest order, Set<ImageFault> faults) throws InterruptedException {
        PictureRequest wanted = adapted(order, faults);
        if (faults.contains(ImageFault.CORRUPT_PNG)) {
            return renderer.corrupted(wanted);
        }
        Picture picture = renderer.draw(wanted);
        if (faults.contains(ImageFault.WRONG_MIME)) {
            picture = picture.claiming(picture.mime().equals("image/png") ? "image/jpeg" : "image/png");
        }
        if (faults.contains(ImageFault.TRUNCATED_FILE)) {
            picture = picture.cutShort();
        }
        if (faults.contains(ImageFault.TRUNCATED_BASE64)) {
            picture = picture.withBrokenBase64();
        }
        return spelt(picture, faults);
    }

    private static Picture spelt(Picture picture, Set<ImageFault> faults) {
        Picture spelt = picture;
        if (faults.contains(ImageFault.URL_SAFE_BASE64)) {
            spelt = spelt.urlSafe();
        }
        if (faults.contains(ImageFault.UNPADDED_BASE64)) {
            spelt = spelt.unpadded();
        }
        return faults.contains(ImageFault.DATA_URL) ? spelt.asDataUrl() : spelt;
    }

    public static List<Photo> photos(List<byte[]> references) {
        return references.stream()
                .map(file -> new Photo(Digests.of("", file), ByteBuffer.wrap(file)))
                .toList();
    }

    private PictureRequest adapted(PictureRequest order, Set<ImageFault> faults) {
        PictureSettings how = settings.pictures();
        int missing = faults.contains(ImageFault.WRONG_SIZE) ? PIXELS_TOO_FEW : 0;
        return new PictureRequest(
                PromptDirectives.removedFrom(order.prompt()),
                order.model(),
                order.ratio(),
                order.size(),
                order.width() - missing,
                order.height() - missing,
                order.seed(),
                how.mime() == null ? order.mime() : how.mime(),
                order.references(),
                style(how, faults),
                how.bytes() == null ? 0 : how.bytes());
    }

    private static Style style(PictureSettings how, Set<ImageFault> faults) {
        if (faults.contains(ImageFault.BLANK)) {
            return Style.BLANK;
        }
        return how.noise() || faults.contains(ImageFault.NOISE) ? Style.NOISE : Style.SCENE;
    }
}
