package dev.renderfleet.sandbox.simulators.openai;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Checks the files of an edit when all of them are here. */
final class EditFiles {
    private static final int MASK_BYTES_MAX = 4 * 1024 * 1024;
    private static final int WIDTH_AT = 16;
    private static final int HEIGHT_AT = 20;
    private static final int COLOUR_TYPE_AT = 25;
    private static final int ALPHA = 4;

    private EditFiles() {}

    /** What is wrong with the pictures, or with the mask for the first of them. */
    static Optional<OpenAiError> problem(List<byte[]> images, Optional<byte[]> mask) {
        for (byte[] image : images) {
            if (!isPng(image) && !starts(image, 0, "\u00ff\u00d8\u00ff") && !isWebp(image)) {
                return Optional.of(OpenAiError.invalid(
                        "invalid_image_file",
                        "image",
                        "Invalid image file or mode for image, please check your image file."));
            }
        }
        return mask.flatMap(file -> maskProblem(images.getFirst(), file));
    }

    private static Optional<OpenAiError> maskProblem(byte[] image, byte[] mask) {
        if (!isPng(mask) || (mask[COLOUR_TYPE_AT] & ALPHA) == 0 || mask.length >= MASK_BYTES_MAX) {
            return Optional.of(OpenAiError.invalid(
                    "invalid_mask_image_format",
                    "mask",
                    "Invalid mask: a PNG under 4MB with an alpha channel is required."));
        }
        var header = ByteBuffer.wrap(mask);
        String size = size(image);
        String ofMask = header.getInt(WIDTH_AT) + "x" + header.getInt(HEIGHT_AT);
        return size.isEmpty() || size.equals(ofMask)
                ? Optional.empty()
                : Optional.of(OpenAiError.invalid(
                        "invalid_mask_size",
                        "mask",
                        "Invalid mask: its size %s does not match the image size %s.".formatted(ofMask, size)));
    }

    /** Width and height; empty where no reader knows the file. */
    private static String size(byte[] image) {
        try {
            var read = ImageIO.read(new ByteArrayInputStream(image));
            return read == null ? "" : read.getWidth() + "x" + read.getHeight();
        } catch (IOException _) {
            return "";
        }
    }

    private static boolean isPng(byte[] file) {
        return file.length > COLOUR_TYPE_AT && starts(file, 0, "\u0089PNG\r\n\u001a\n");
    }

    private static boolean isWebp(byte[] file) {
        return starts(file, 0, "RIFF") && starts(file, 8, "WEBP");
    }

    private static boolean starts(byte[] file, int at, String bytes) {
        return file.length >= at + bytes.length()
                && new String(file, at, bytes.length(), StandardCharsets.ISO_8859_1).equals(bytes);
    }
}
