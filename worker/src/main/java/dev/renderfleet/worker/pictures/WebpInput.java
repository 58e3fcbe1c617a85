package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.stream.FileImageInputStream;

/**
 * A WebP file that does not say that it has a colour profile, since the decoder refuses pictures with a broken one. Nothing here depends
 * on colours being exact.
 */
final class WebpInput extends FileImageInputStream {

    /** The flags of a VP8X chunk, which is the first if there is one. */
    private static final int FLAGS_AT = 20;

    private static final int HAS_PROFILE = 0x20;

    private final boolean extended;

    WebpInput(Path file) throws IOException {
        super(file.toFile());
        seek(12);
        extended = readInt() == 0x56503858; // VP8X
        seek(0);
    }

    @Override
    public int read() throws IOException {
        boolean flags = extended && getStreamPosition() == FLAGS_AT;
        int read = super.read();
        return flags && read >= 0 ? read & ~HAS_PROFILE : read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        long at = FLAGS_AT - getStreamPosition();
        int read = super.read(bytes, offset, length);
        if (extended && at >= 0 && at < read) {
            bytes[offset + (int) at] &= (byte) ~HAS_PROFILE;
        }
        return read;
    }
}
