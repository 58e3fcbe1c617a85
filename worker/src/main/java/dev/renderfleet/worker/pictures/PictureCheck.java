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
 * Checks that a file is the requested picture: structure and checksums of all bytes, then the decoded pixels, with bounded memory. A
 * picture somewhat smaller than requested is valid with a remark, since providers' pixels deviate. Safe for use by many threads,
 * which share a budget of pixels being decoded.
 */
public final class PictureCheck {

    /** Above the deviations in providers' tables (2.04 % at 21:9), below the distance of the closest ratios (4:3 and 5:4: 6 %). */
    private static final double RATIO_TOLERANCE = 0.025;

    /** A smaller part of the requested long edge means the next smaller size. */
    private static final double EDGE_LEAST = 0.6;

    private PictureCheck() {}

    /**
     * The requested shape and size.
     *
     * @param aspectRatio such as {@code 16:9}; null: any
     */
    public record Wanted(@Nullable String aspectRatio, OutputSize size) {}

    /** Result of the check. */
    public sealed interface CheckResult {}

    /**
     * A picture to store.
     *
     * @param mime as detected
     * @param sha256 of all bytes, 64 lower-case hex characters
     * @param c2paPresent whether it has a C2PA manifest, valid or not
     * @param remarks tolerated deviations, a sentence each
     */
    public record ValidPicture(
            String mime, int width, int height, String sha256, long bytes, boolean c2paPresent, List<String> remarks)
            implements CheckResult {
        public ValidPicture {
            remarks = List.copyOf(remarks);
        }
    }

    /** A picture not to store. */
    public record InvalidPicture(Reason reason, String detail) implements CheckResult {}

    /** Why a picture is invalid. */
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

    /** Checks a file. Throws {@link UncheckedIOException} if it cannot be read. */
    public static CheckResult check(Path file, String claimedMime, Wanted wanted) {
        try {
            return switch (PictureScan.whole(file)) {
                case PictureScan.Broken(boolean known, String reason) ->
                    new InvalidPicture(known ? Reason.CORRUPT : Reason.NOT_A_PICTURE, reason);
                case PictureScan.Intact(PictureHeader.Known header, boolean c2pa) -> {
                    InvalidPicture fault = fault(file, header, wanted);
                    yield fault != null ? fault : valid(file, header, c2pa, claimedMime, wanted);
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable InvalidPicture fault(Path file, PictureHeader.Known header, Wanted wanted) {
        String size = header.width() + " × " + header.height();
        if (!header.decodable()) {
            return new InvalidPicture(Reason.TOO_LARGE, size + " pixels");
        }
        if (wanted.aspectRatio() != null && ratioDeviation(header, wanted.aspectRatio()) > RATIO_TOLERANCE) {
            return new InvalidPicture(Reason.WRONG_RATIO, size + " is not " + wanted.aspectRatio());
        }
        if (longEdge(header) < EDGE_LEAST * wantedEdge(wanted.size())) {
            return new InvalidPicture(
                    Reason.TOO_SMALL, size + " is not " + wanted.size().wireName());
        }
        try {
            BufferedImage sampled = SampledPixels.decode(file, header);
            return SampledPixels.isBlank(sampled) ? new InvalidPicture(Reason.BLANK, size + " of one colour") : null;
        } catch (IOException e) {
            return new InvalidPicture(Reason.CORRUPT, String.valueOf(e.getMessage()));
        }
    }

    private static ValidPicture valid(
            Path file, PictureHeader.Known header, boolean c2pa, String claimedMime, Wanted wanted) throws IOException {
        List<String> remarks = new ArrayList<>();
        if (!header.mime().equalsIgnoreCase(claimedMime)) {
            remarks.add("said to be " + claimedMime + ", is " + header.mime());
        }
        if (longEdge(header) < wantedEdge(wanted.size())) {
            remarks.add("long edge of " + longEdge(header) + " pixels is below "
                    + wanted.size().wireName());
        }
        return new ValidPicture(
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

    /** The edge of a square; every other shape has a longer one. */
    private static int wantedEdge(OutputSize size) {
        return switch (size) {
            case K1 -> 1024;
            case K2 -> 2048;
            case K4 -> 4096;
        };
    }
}
