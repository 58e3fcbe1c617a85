package dev.renderfleet.sandbox.pictures;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** A finished picture, kept as the base64 in which it will be sent, so that a cached one costs nothing but the copy. */
public final class Picture {
    private static final int BASE64_GROUP = 4;

    private final String mime;
    private final byte[] base64;

    private Picture(String mime, byte[] base64) {
        this.mime = mime;
        this.base64 = base64;
    }

    public static Picture of(String mime, byte[] bytes) {
        return new Picture(mime, Base64.getEncoder().encode(bytes));
    }

    public String mime() {
        return mime;
    }

    public int base64Length() {
        return base64.length;
    }

    public void writeBase64(OutputStream out) throws IOException {
        out.write(base64);
    }

    /** The picture's file. */
    public byte[] bytes() {
        return Base64.getDecoder().decode(base64);
    }

    /** The same picture under a false name. */
    public Picture claiming(String otherMime) {
        return new Picture(otherMime, base64);
    }

    /** Only the first part of the file, in flawless base64. */
    public Picture cutShort() {
        return firstPart(0);
    }

    /** Only the first part of the base64 text, ended by a character that alone cannot be decoded. */
    public Picture withBrokenBase64() {
        return firstPart(1);
    }

    /** In the alphabet of URLs. */
    public Picture urlSafe() {
        return new Picture(mime, text().replace('+', '-').replace('/', '_').getBytes(StandardCharsets.US_ASCII));
    }

    /** Without {@code =} at the end. */
    public Picture unpadded() {
        return new Picture(mime, text().replace("=", "").getBytes(StandardCharsets.US_ASCII));
    }

    public Picture asDataUrl() {
        return new Picture(mime, ("data:" + mime + ";base64," + text()).getBytes(StandardCharsets.US_ASCII));
    }

    private String text() {
        return new String(base64, StandardCharsets.US_ASCII);
    }

    private Picture firstPart(int surplus) {
        int kept = base64.length * 3 / 5;
        byte[] part = Arrays.copyOf(base64, kept - kept % BASE64_GROUP + surplus);
        return new Picture(mime, part);
    }
}
