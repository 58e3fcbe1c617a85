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
 * Reads announced pictures and compares them with what was announced: each one's length and digest, and the pixels of each distinct
 * content once. Safe for use by many threads.
 */
public final class PictureInspector {

    private record Content(String sha256, int width, int height) {}

    private final Bucket bucket;
    private final Set<Content> sound = ConcurrentHashMap.newKeySet();

    PictureInspector(Bucket bucket) {
        this.bucket = bucket;
    }

    /** What is wrong with the picture; empty if nothing. */
    Optional<PictureFault> inspect(Image announced) {
        Optional<byte[]> stored = bucket.find(announced.key());
        if (stored.isEmpty()) {
            return Optional.of(new PictureFault(Breach.MISSING, announced.key() + " is not there"));
        }
        byte[] bytes = stored.get();
        var content = new Content(announced.sha256(), announced.width(), announced.height());
        boolean known = sound.contains(content)
                && bytes.length == announced.bytes()
                && Sha256.hex(bytes).equals(announced.sha256());
        Optional<String> fault = known ? Optional.empty() : fault(announced, bytes);
        if (fault.isEmpty()) {
            sound.add(content);
        }
        return fault.map(what -> new PictureFault(Breach.DAMAGED, announced.key() + ": " + what));
    }

    /** What is wrong with the bytes as an announced picture: empty if length, digest and pixels are as announced. */
    public static Optional<String> fault(Image announced, byte[] content) {
        if (content.length != announced.bytes()) {
            return Optional.of(content.length + " bytes instead of " + announced.bytes());
        }
        if (!Sha256.hex(content).equals(announced.sha256())) {
            return Optional.of("another digest than announced");
        }
        try {
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(content));
            if (picture == null) {
                return Optional.of("not a picture");
            }
            if (picture.getWidth() != announced.width() || picture.getHeight() != announced.height()) {
                return Optional.of("other pixels than announced");
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot be decoded: " + e.getMessage());
        }
    }
}
