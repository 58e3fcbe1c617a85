package dev.renderfleet.sandbox.gemini;

import dev.renderfleet.sandbox.gemini.Effect.PictureFault;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureOrder;
import dev.renderfleet.sandbox.pictures.PictureOrder.Photo;
import dev.renderfleet.sandbox.pictures.PictureOrder.Style;
import dev.renderfleet.sandbox.pictures.Studio;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Turns an accepted call into the pictures of its answer, right or wrong as the plan says. */
public final class PictureDesk {
    private static final int PIXELS_TOO_FEW = 16;

    private final Studio studio;
    private final Knobs knobs;
    private final long seed;

    public PictureDesk(Studio studio, Knobs knobs, long seed) {
        this.studio = studio;
        this.knobs = knobs;
        this.seed = seed;
    }

    List<Picture> pictures(GenerateCall call, List<byte[]> references, Plan plan) throws InterruptedException {
        var pictures = new ArrayList<Picture>();
        for (int number = 0; number < plan.picturesDrawn(); number++) {
            pictures.add(picture(order(call, references, plan, number), plan.pictureFaults()));
        }
        return pictures;
    }

    /** The small first sketch that comes as a thought. */
    Picture draft(GenerateCall call, List<byte[]> references, Plan plan) throws InterruptedException {
        return studio.draw(order(call, references, plan, -1));
    }

    private Picture picture(PictureOrder order, Set<PictureFault> faults) throws InterruptedException {
        if (faults.contains(PictureFault.CORRUPT_PNG)) {
            return studio.corrupted(order);
        }
        Picture picture = studio.draw(order);
        if (faults.contains(PictureFault.WRONG_MIME)) {
            picture = picture.claiming(picture.mime().equals("image/png") ? "image/jpeg" : "image/png");
        }
        if (faults.contains(PictureFault.TRUNCATED_FILE)) {
            picture = picture.cutShort();
        }
        return faults.contains(PictureFault.TRUNCATED_BASE64) ? picture.withBrokenBase64() : picture;
    }

    private PictureOrder order(GenerateCall call, List<byte[]> references, Plan plan, int number) {
        PictureSettings settings = knobs.pictures();
        int missing = plan.pictureFaults().contains(PictureFault.WRONG_SIZE) ? PIXELS_TOO_FEW : 0;
        String mime = settings.mime() == null ? call.model().mime() : settings.mime();
        Integer bytes = settings.bytes();
        return new PictureOrder(
                Directives.removedFrom(call.wanted()),
                call.model().id(),
                call.ratio(),
                call.size(),
                call.pixels().width() - missing,
                call.pixels().height() - missing,
                call.seed().orElse(seed) + number,
                mime,
                photos(references),
                style(settings, plan.pictureFaults()),
                bytes == null ? 0 : bytes);
    }

    private static Style style(PictureSettings settings, Set<PictureFault> faults) {
        if (faults.contains(PictureFault.BLANK)) {
            return Style.BLANK;
        }
        return settings.noise() || faults.contains(PictureFault.NOISE) ? Style.NOISE : Style.SCENE;
    }

    private static List<Photo> photos(List<byte[]> references) {
        return references.stream()
                .map(file -> new Photo(Digests.of("", file), ByteBuffer.wrap(file)))
                .toList();
    }
}
