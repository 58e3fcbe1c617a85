package dev.renderfleet.worker.pictures;

import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.OutputSize;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Is a file the picture that was asked for? Status 200 and a mime type are claims; this looks at every byte: structure
 * and checksums first, pixels next, decoded with bounded memory. A picture that is merely not as large as advertised
 * is let pass with a remark, since providers' pixels deviate. Safe for use by many threads; decoding is limited by a
 * budget of pixels over all of them.
 */
public final class PictureCheck {

    /** Between the deviations seen in providers' tables (2.04 % at 21:9) and the nearest two ratios (4:3 and 5:4: 6 %). */
    private static final double RATIO_TOLERANCE = 0.025;

    /** A long edge below this part of the wanted one is the next smaller size. */
    private static final double EDGE_LEAST = 0.6;

    private PictureCheck() {}

    /**
     * What was asked for.
     *
     * @param aspectRatio such as {@code 16:9}; null: any
     */
    public record Wanted(@Nullable String aspectRatio, OutputSize size) {}

    /** What the check found. */
    public sealed interface Outcome {}

    /**
     * A picture fit to be stored.
     *
     * @param mime as the bytes say
     * @param sha256 of all bytes, 64 lower-case hex characters
     * @param c2paPresent whether it carries a manifest of provenance; not whether that is valid
     * @param remarks deviations that were let pass, a sentence each
     */
    public record Sound(
            String mime, int width, int height, String sha256, long bytes, boolean c2paPresent, List<String> remarks)
            implements Outcome {
        public Sound {
            remarks = List.copyOf(remarks);
        }
    }

    /** Not what was asked for. */
    public record Unsound(Reason reason, String detail) implements Outcome {}

    /** Why a picture is not fit to be stored. */
    public enum Reason {
        /** None of the known formats. */
        NOT_A_PICTURE,
        /** Truncated, a wrong checksum, or not decodable. */
        CORRUPT,
        /** More pixels than may be decoded. */
        TOO_LARGE,
        /** One colour. */
        BLANK,
        /** Another aspect ratio than wanted. */
        WRONG_RATIO,
        /** Far smaller than wanted. */
        TOO_SMALL
    }

    /** Checks that file. Fails only if it cannot be read. */
    public static Outcome check(Path file, String claimedMime, Wanted wanted) {
        try {
            return switch (PictureScan.whole(file)) {
                case PictureScan.Broken(boolean known, String reason) ->
                    new Unsound(known ? Reason.CORRUPT : Reason.NOT_A_PICTURE, reason);
                case PictureScan.Intact(PictureHeader.Known header, boolean c2pa) -> {
                    Unsound fault = fault(file, header, wanted);
                    yield fault != null ? fault : sound(file, header, c2pa, claimedMime, wanted);
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Unsound fault(Path file, PictureHeader.Known header, Wanted wanted) {
        String size = header.width() + " × " + header.height();
        if (!header.decodable()) {
            return new Unsound(Reason.TOO_LARGE, size + " pixels");
        }
        if (wanted.aspectRatio() != null && ratioDeviation(header, wanted.aspectRatio()) > RATIO_TOLERANCE) {
            return new Unsound(Reason.WRONG_RATIO, size + " is not " + wanted.aspectRatio());
        }
        if (longEdge(header) < EDGE_LEAST * wantedEdge(wanted.size())) {
            return new Unsound(
                    Reason.TOO_SMALL, size + " is not " + wanted.size().wireName());
        }
        try {
            BufferedImage sampled = SampledPixels.decode(file, header);
            return SampledPixels.isBlank(sampled) ? new Unsound(Reason.BLANK, size + " of one colour") : null;
        } catch (IOException e) {
            return new Unsound(Reason.CORRUPT, String.valueOf(e.getMessage()));
        }
    }

    private static Sound sound(Path file, PictureHeader.Known header, boolean c2pa, String claimedMime, Wanted wanted)
            throws IOException {
        List<String> remarks = new ArrayList<>();
        if (!header.mime().equalsIgnoreCase(claimedMime)) {
            remarks.add("said to be " + claimedMime + ", is " + header.mime());
        }
        if (longEdge(header) < wantedEdge(wanted.size())) {
            remarks.add("long edge of " + longEdge(header) + " pixels is below "
                    + wanted.size().wireName());
        }
        return new Sound(
                header.mime(), header.width(), header.height(), Sha256.hex(file), Files.size(file), c2pa, remarks);
    }

    private static double ratioDeviation(PictureHeader.Known header, String aspectRatio) {
        int colon = aspectRatio.indexOf(':');
        double wanted = Double.parseDouble(aspectRatio.substring(0, colon))
                / Double.parseDouble(aspectRatio.substring(colon + 1));
        return Math.abs((double) header.width() / header.height() / wanted - 1);
    }

    private static int longEdge(PictureHeader.Known header) {
        return Math.max(header.width(), header.height());
    }

    /** The edge of a square of that size; every other shape has a longer one. */
    private static int wantedEdge(OutputSize size) {
        return switch (size) {
            case K1 -> 1024;
            case K2 -> 2048;
            case K4 -> 4096;
        };
    }
}
