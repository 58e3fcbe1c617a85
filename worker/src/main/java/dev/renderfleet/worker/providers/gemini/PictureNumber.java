package dev.renderfleet.worker.providers.gemini;

/** Encodes a picture's number in place of its data, as three bytes, so that base64 needs no padding. */
final class PictureNumber {

    private PictureNumber() {}

    static byte[] toBytes(int number) {
        return new byte[] {(byte) (number >> 16), (byte) (number >> 8), (byte) number};
    }

    static int fromBytes(byte[] bytes) {
        if (bytes.length != 3) {
            throw new IllegalArgumentException("not a picture number: " + bytes.length + " bytes");
        }
        return ((bytes[0] & 0xFF) << 16) | ((bytes[1] & 0xFF) << 8) | (bytes[2] & 0xFF);
    }
}
