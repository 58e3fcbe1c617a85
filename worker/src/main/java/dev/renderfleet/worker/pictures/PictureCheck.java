package dev.renderfleet.worker.pictures;

import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.OutputSize;
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

    /** A smaller part of the requested edge means the next smaller size. */
    private static final double EDGE_LEAST = 0.6;

    /** Sizes of a name differ between models by about one percent. */
    private static final double EDGE_REMARKED = 0.95;

    private PictureCheck() {}

    /**
     * The requested shape and size.
     *
     * @param aspectRatio such as {@code 16:9}; null: any
     * @param ratioTolerance the largest deviation from it, such as 0.04 for 4 %
     */
    public record Wanted(@Nullable String aspectRatio, double ratioTolerance, OutputSize size) {}

    /** Result of the check. */
    public sealed interface CheckResult {}

    /**
     * A picture to store.
     *
     * @param mime as detected
     * @param width as stored
     * @param height as stored
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
        /** Another aspect ratio than wanted. */
        WRONG_RATIO,
        /** Far smaller than wanted. */
        TOO_SMALL
    }

    /** Checks a file. Throws {@link UncheckedIOException} if it cannot be read. */
    public static CheckResult check(Path file, String claimedMime, Wanted wanted) {
        try {
            return ProcessorPool.run(() -> checked(file, claimedMime, wanted));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CheckResult checked(Path file, String claimedMime, Wanted wanted) throws IOException {
        return switch (PictureScan.whole(file)) {
            case PictureScan.Broken(boolean known, String reason) ->
                new InvalidPicture(known ? Reason.CORRUPT : Reason.NOT_A_PICTURE, reason);
            case PictureScan.Intact(PictureHeader.Known header, boolean c2pa) -> {
                InvalidPicture deviation = deviation(header, wanted);
                yield deviation != null ? deviation : decoded(file, header, c2pa, remarks(header, claimedMime, wanted));
            }
        };
    }

    private static @Nullable InvalidPicture deviation(PictureHeader.Known header, Wanted wanted) {
        String size = shown(header);
        if (!header.decodable()) {
            return new InvalidPicture(Reason.TOO_LARGE, size + " pixels");
        }
        if (wanted.aspectRatio() != null && ratioDeviation(header, wanted.aspectRatio()) > wanted.ratioTolerance()) {
            return new InvalidPicture(Reason.WRONG_RATIO, size + " is not " + wanted.aspectRatio());
        }
        return edge(header) < EDGE_LEAST * wantedEdge(wanted.size())
                ? new InvalidPicture(
                        Reason.TOO_SMALL, size + " is not " + wanted.size().wireName())
                : null;
    }

    private static List<String> remarks(PictureHeader.Known header, String claimedMime, Wanted wanted) {
        List<String> remarks = new ArrayList<>();
        if (!header.mime().equalsIgnoreCase(claimedMime)) {
            remarks.add("said to be " + claimedMime + ", is " + header.mime());
        }
        if (edge(header) < EDGE_REMARKED * wantedEdge(wanted.size())) {
            remarks.add(shown(header) + " is below " + wanted.size().wireName());
        }
        if (header.orientation() != ExifOrientation.NORMAL) {
            remarks.add("shown as " + shown(header) + " by its EXIF orientation " + header.orientation());
        }
        return remarks;
    }

    private static CheckResult decoded(Path file, PictureHeader.Known header, boolean c2pa, List<String> remarks)
            throws IOException {
        try {
            if (SampledPixels.isBlank(SampledPixels.decode(file, header))) {
                remarks.add("of one colour");
            }
        } catch (IOException e) {
            return new InvalidPicture(Reason.CORRUPT, String.valueOf(e.getMessage()));
        }
        return new ValidPicture(
                header.mime(), header.width(), header.height(), Sha256.hex(file), Files.size(file), c2pa, remarks);
    }

    private static String shown(PictureHeader.Known header) {
        return header.shownWidth() + " × " + header.shownHeight();
    }

    private static double ratioDeviation(PictureHeader.Known header, String aspectRatio) {
        int colon = aspectRatio.indexOf(':');
        double wanted = Double.parseDouble(aspectRatio.substring(0, colon))
                / Double.parseDouble(aspectRatio.substring(colon + 1));
        return Math.abs((double) header.shownWidth() / header.shownHeight() / wanted - 1);
    }

    /** Of a square of as many pixels: the sizes of a name have about as many in all shapes. */
    private static double edge(PictureHeader.Known header) {
        return Math.sqrt((double) header.pixels());
    }

    /** The edge of a square. */
    private static int wantedEdge(OutputSize size) {
        return switch (size) {
            case K1 -> 1024;
            case K2 -> 2048;
            case K4 -> 4096;
        };
    }
}
