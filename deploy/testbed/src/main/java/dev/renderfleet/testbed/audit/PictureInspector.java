package dev.renderfleet.testbed.audit;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.testbed.audit.Evidence.PictureFault;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;

/**
 * Compares stored images with events: length and digest of each, and the pixel size of each distinct content once. Safe for use by many
 * threads.
 */
public final class PictureInspector {

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
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(content));
            if (picture == null) {
                return Optional.of("not a picture");
            }
            if (picture.getWidth() != expected.width() || picture.getHeight() != expected.height()) {
                return Optional.of("another pixel size than in the event");
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot be decoded: " + e.getMessage());
        }
    }
}
