package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * JSON with pictures in it, written piece by piece: the text is small, and the pictures' base64 goes from the cache to the
 * socket without ever being part of a string. In the text, {@link #place} marks where each picture belongs.
 */
public final class JsonWithPictures implements HttpResponse.Body {
    private static final String MARK = "@picture:";

    private final List<Piece> pieces;

    private JsonWithPictures(List<Piece> pieces) {
        this.pieces = pieces;
    }

    private sealed interface Piece {
        record Text(String ascii) implements Piece {}

        record Image(Picture picture) implements Piece {}
    }

    /** The mark that the JSON has in place of the picture of that number. */
    public static String place(int picture) {
        return MARK + picture + "@";
    }

    /** The text must be ASCII (JSON can always be). */
    public static JsonWithPictures of(String json, List<Picture> pictures) {
        var pieces = new ArrayList<Piece>();
        int from = 0;
        for (int number = 0; number < pictures.size(); number++) {
            String mark = place(number);
            int at = json.indexOf(mark, from);
            pieces.add(new Piece.Text(json.substring(from, at)));
            pieces.add(new Piece.Image(pictures.get(number)));
            from = at + mark.length();
        }
        pieces.add(new Piece.Text(json.substring(from)));
        return new JsonWithPictures(List.copyOf(pieces));
    }

    @Override
    public long length() {
        long length = 0;
        for (Piece piece : pieces) {
            length += switch (piece) {
                case Piece.Text text -> text.ascii().length();
                case Piece.Image image -> image.picture().base64Length();
            };
        }
        return length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Text text -> out.write(text.ascii().getBytes(StandardCharsets.US_ASCII));
                case Piece.Image image -> image.picture().writeBase64(out);
            }
        }
    }
}
