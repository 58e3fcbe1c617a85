package dev.renderfleet.sandbox.simulators;

import org.jspecify.annotations.Nullable;

/**
 * How pictures are made from now on. {@code bytes} asks for files of that length, drawn once for each size and then sent
 * from memory (for benchmarks); {@code noise} for files of nearly three bytes a pixel; {@code mime} for one file type.
 */
public record PictureSettings(
        @Nullable Integer bytes, boolean noise, @Nullable String mime) {
    public static final PictureSettings STANDARD = new PictureSettings(null, false, null);

    public PictureSettings {
        if (bytes != null && bytes < 0) {
            throw new IllegalArgumentException("picture.bytes must not be negative");
        }
        if (mime != null && !mime.equals("image/png") && !mime.equals("image/jpeg")) {
            throw new IllegalArgumentException("picture.mime knows image/png and image/jpeg, not " + mime);
        }
    }
}
