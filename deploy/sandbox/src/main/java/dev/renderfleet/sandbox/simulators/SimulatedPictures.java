package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.JpegFile;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.pictures.WebpFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Draws the pictures of an answer as the simulator's settings want them, right or with faults. */
public final class SimulatedPictures {
    private static final int PIXELS_TOO_FEW = 16;
    private static final Map<String, int[]> OLDER_SIZES = Map.of(
            "4:3 1K", new int[] {1184, 864},
            "3:4 1K", new int[] {864, 1184},
            "16:9 1K", new int[] {1408, 768},
            "9:16 1K", new int[] {768, 1408});

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
        Picture picture = faults.contains(ImageFault.JUNK_PROFILE)
                ? Picture.of("image/webp", WebpFile.withJunkProfile(wanted.width(), wanted.height()))
                : renderer.draw(wanted);
        if (faults.contains(ImageFault.EXIF_TURNED)) {
            picture = Picture.of("image/jpeg", JpegFile.turned(picture.bytes()));
        }
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

    /** Draws and sends a result of a task, with its faults. */
    public void deliver(PictureRequest order, TaskPlan plan, HttpExchange exchange)
            throws IOException, InterruptedException {
        if (plan.is("RESULT_REDIRECT")) {
            String elsewhere = plan.option("RESULT_REDIRECT", "url", "http://127.0.0.1:1/result");
            exchange.respond(HttpResponse.text(302, "text/plain", "").withHeader("Location", elsewhere));
        } else {
            Picture picture = draw(order, plan.imageFaults());
            HttpResponse answer = HttpResponse.of(200, picture.mime(), HttpResponse.bytes(picture.bytes()));
            ResponseDelivery.deliver(answer, plan.result().wire(), exchange);
        }
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
        int[] pixels = pixels(order, faults);
        boolean turned = faults.contains(ImageFault.EXIF_TURNED);
        return new PictureRequest(
                PromptDirectives.removedFrom(order.prompt()),
                order.model(),
                order.ratio(),
                order.size(),
                pixels[0] - missing,
                pixels[1] - missing,
                order.seed(),
                turned ? "image/jpeg" : how.mime() == null ? order.mime() : how.mime(),
                order.references(),
                style(order, how, faults),
                how.bytes() == null ? 0 : how.bytes());
    }

    private static int[] pixels(PictureRequest order, Set<ImageFault> faults) {
        int[] pixels = {order.width(), order.height()};
        if (faults.contains(ImageFault.OLDER_SIZE)) {
            pixels = OLDER_SIZES.getOrDefault(order.ratio() + " " + order.size(), pixels);
        }
        if (faults.contains(ImageFault.HALF_SIZE)) {
            pixels = new int[] {pixels[0] / 2, pixels[1] / 2};
        }
        return faults.contains(ImageFault.EXIF_TURNED) ? new int[] {pixels[1], pixels[0]} : pixels;
    }

    private static Style style(PictureRequest order, PictureSettings how, Set<ImageFault> faults) {
        if (faults.contains(ImageFault.BLANK)) {
            return Style.BLANK;
        }
        return how.noise() || faults.contains(ImageFault.NOISE) ? Style.NOISE : order.style();
    }
}
