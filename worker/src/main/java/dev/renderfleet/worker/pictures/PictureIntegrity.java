package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds damage that a header does not show. Decodes pictures within the bounds of {@link PictureHeader}; of larger ones it reads
 * structure and checksums only. Safe for use by many threads, which share a budget of pixels being decoded.
 */
public final class PictureIntegrity {

    private PictureIntegrity() {}

    /** The damage; null if there is none. Throws {@link UncheckedIOException} if the file cannot be read. */
    public static @Nullable String damage(Path file) {
        try {
            return ProcessorPool.<@Nullable String, IOException>run(() -> switch (PictureScan.whole(file)) {
                case PictureScan.Broken(boolean _, String reason) -> reason;
                case PictureScan.Intact(PictureHeader.Known header, boolean _) ->
                    header.decodable() ? decodingFault(file, header) : null;
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static @Nullable String decodingFault(Path file, PictureHeader.Known header) {
        try {
            SampledPixels.decode(file, header);
            return null;
        } catch (IOException e) {
            return "cannot be decoded: " + e.getMessage();
        }
    }
}
