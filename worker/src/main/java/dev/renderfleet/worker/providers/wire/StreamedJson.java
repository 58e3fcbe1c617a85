package dev.renderfleet.worker.providers.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * JSON with files streamed as base64 in place of their placeholders, of known length. One-shot, which keeps OkHttp from repeating the
 * request after a 503 with {@code Retry-After: 0}.
 */
public final class StreamedJson extends RequestBody {

    /** A multiple of 3, so that only the end of a file is padded. */
    private static final int CHUNK_BYTES = 12 * 1024;

    /**
     * A file of a request.
     *
     * @param placeholder ASCII that is nowhere else in the JSON
     * @param bytes the size of the file
     */
    public record JsonFile(String placeholder, Path path, long bytes) {

        /** A file with a random placeholder, which no prompt can contain. Throws if it cannot be read. */
        public static JsonFile of(Path path) throws IOException {
            return new JsonFile(UUID.randomUUID().toString(), path, Files.size(path));
        }
    }

    private sealed interface Piece {
        record Text(ByteString utf8) implements Piece {}

        record Picture(Path file, long bytes) implements Piece {}
    }

    private final @Nullable MediaType type;
    private final List<Piece> pieces;
    private final long length;

    private StreamedJson(@Nullable MediaType type, List<Piece> pieces) {
        this.type = type;
        this.pieces = pieces;
        this.length = pieces.stream().mapToLong(StreamedJson::encodedBytes).sum();
    }

    /**
     * Replaces each file's placeholder by the file in base64.
     *
     * @param json with the placeholders in the order of {@code files}, each once
     */
    public static StreamedJson of(byte[] json, @Nullable MediaType type, List<JsonFile> files) {
        // Latin-1 maps each byte to one char, so offsets stay byte offsets; placeholders are ASCII.
        String text = new String(json, StandardCharsets.ISO_8859_1);
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        for (JsonFile file : files) {
            int at = text.indexOf(file.placeholder(), from);
            if (at < 0) {
                throw new IllegalStateException("the request lacks " + file.path());
            }
            pieces.add(text(text.substring(from, at)));
            pieces.add(new Piece.Picture(file.path(), file.bytes()));
            from = at + file.placeholder().length();
        }
        pieces.add(text(text.substring(from)));
        return new StreamedJson(type, List.copyOf(pieces));
    }

    private static Piece.Text text(String latin1) {
        return new Piece.Text(ByteString.encodeString(latin1, StandardCharsets.ISO_8859_1));
    }

    @Override
    public @Nullable MediaType contentType() {
        return type;
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Text(ByteString utf8) -> sink.write(utf8);
                case Piece.Picture(Path file, long bytes) -> writePicture(sink, file, bytes);
            }
        }
    }

    private static void writePicture(BufferedSink sink, Path file, long bytes) throws IOException {
        var encoder = Base64.getEncoder();
        byte[] raw = new byte[CHUNK_BYTES];
        byte[] encoded = new byte[CHUNK_BYTES / 3 * 4];
        try (InputStream in = Files.newInputStream(file)) {
            long left = bytes;
            while (left > 0) {
                int wanted = (int) Math.min(CHUNK_BYTES, left);
                int read = in.readNBytes(raw, 0, wanted);
                if (read < wanted) {
                    throw new IOException("reference image became shorter while it was sent");
                }
                int length = read == CHUNK_BYTES
                        ? encoder.encode(raw, encoded)
                        : encoder.encode(Arrays.copyOf(raw, read), encoded);
                sink.write(encoded, 0, length);
                left -= read;
            }
        }
    }

    private static long encodedBytes(Piece piece) {
        return switch (piece) {
            case Piece.Text(ByteString utf8) -> utf8.size();
            case Piece.Picture(Path _, long bytes) -> (bytes + 2) / 3 * 4;
        };
    }
}
