package dev.renderfleet.sandbox.pictures;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Everything that decides a picture. {@code targetBytes} above 0 asks for a file of that length (or longer, if the scene
 * itself is) and makes the picture independent of the prompt, so that a benchmark draws one and sends it many times.
 */
public record PictureRequest(
        String prompt,
        String model,
        String ratio,
        String size,
        int width,
        int height,
        long seed,
        String mime,
        List<Photo> references,
        Style style,
        int targetBytes) {

    public PictureRequest {
        references = List.copyOf(references);
    }

    /**
     * Which of a call's texts says what to draw: the last one, as clients put sentences such as "The style to follow:" before
     * the picture that each is about. Empty if there is none.
     */
    public static String promptAmong(List<String> texts) {
        return texts.reversed().stream()
                .filter(text -> !text.isBlank() && !text.strip().endsWith(":"))
                .findFirst()
                .orElseGet(() -> texts.isEmpty() ? "" : texts.getLast());
    }

    /** What is on the canvas. */
    public enum Style {
        SCENE,
        /** The product alone on a transparent ground; only a PNG keeps the transparency. */
        CUTOUT,
        /** Scene under so much grain that the file grows to nearly three bytes a pixel. */
        NOISE,
        /** One colour everywhere: what a model sometimes sends instead of a picture. */
        BLANK
    }

    /** A reference picture as a file, with the digest that stands for it. */
    public record Photo(String sha256, ByteBuffer file) {}

    String cacheKey() {
        if (targetBytes > 0) {
            return "%s/%dx%d/%d".formatted(mime, width, height, targetBytes);
        }
        var photos = references.stream().map(Photo::sha256).toList();
        return "%s/%s/%dx%d/%d/%s/%s/%s".formatted(model, mime, width, height, seed, style, photos, prompt);
    }
}
