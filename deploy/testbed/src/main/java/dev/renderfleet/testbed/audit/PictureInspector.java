package dev.renderfleet.testbed.audit;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.testbed.audit.Evidence.PictureFault;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;

/**
 * Compares stored images with events: length and digest of each, and the pixel size of each distinct content once. Safe for use by many
 * threads.
 */
public final class PictureInspector {

    private static final int WEBP_HEADER_BYTES = 30;

    private record Size(int width, int height) {}

    private record Content(String sha256, int width, int height) {}

    private final Bucket bucket;
    private final Set<Content> sound = ConcurrentHashMap.newKeySet();

    PictureInspector(Bucket bucket) {
        this.bucket = bucket;
    }

    /** The difference between the stored image and the event; empty if none. */
    Optional<PictureFault> inspect(Image expected) {
        Optional<byte[]> stored = bucket.find(expected.key());
        if (stored.isEmpty()) {
            return Optional.of(new PictureFault(Breach.MISSING, expected.key() + " is not there"));
        }
        byte[] bytes = stored.get();
        var content = new Content(expected.sha256(), expected.width(), expected.height());
        boolean known = sound.contains(content)
                && bytes.length == expected.bytes()
                && Sha256.hex(bytes).equals(expected.sha256());
        Optional<String> fault = known ? Optional.empty() : fault(expected, bytes);
        if (fault.isEmpty()) {
            sound.add(content);
        }
        return fault.map(what -> new PictureFault(Breach.DAMAGED, expected.key() + ": " + what));
    }

    /** The difference between the bytes and the event; empty if length, digest and pixel size match. */
    public static Optional<String> fault(Image expected, byte[] content) {
        if (content.length != expected.bytes()) {
            return Optional.of(content.length + " bytes instead of " + expected.bytes());
        }
        if (!Sha256.hex(content).equals(expected.sha256())) {
            return Optional.of("another digest than in the event");
        }
        try {
            Optional<Size> size = size(content);
            if (size.isEmpty()) {
                return Optional.of("not an image");
            }
            return size.get().equals(new Size(expected.width(), expected.height()))
                    ? Optional.empty()
                    : Optional.of("another pixel size than in the event");
        } catch (IOException e) {
            return Optional.of("cannot be decoded: " + e.getMessage());
        }
    }

    /** Of what the JDK decodes, and of an extended WebP by its header, since the JDK has no reader of it. */
    private static Optional<Size> size(byte[] content) throws IOException {
        if (content.length > WEBP_HEADER_BYTES
                && text(content, 0).equals("RIFF")
                && text(content, 8).equals("WEBP")
                && text(content, 12).equals("VP8X")) {
            return Optional.of(new Size(1 + number24(content, 24), 1 + number24(content, 27)));
        }
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(content));
        return picture == null ? Optional.empty() : Optional.of(new Size(picture.getWidth(), picture.getHeight()));
    }

    private static String text(byte[] content, int at) {
        return new String(content, at, 4, StandardCharsets.US_ASCII);
    }

    private static int number24(byte[] content, int at) {
        return (content[at] & 0xFF) | ((content[at + 1] & 0xFF) << 8) | ((content[at + 2] & 0xFF) << 16);
    }
}
