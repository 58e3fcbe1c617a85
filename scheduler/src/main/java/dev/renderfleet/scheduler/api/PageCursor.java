package dev.renderfleet.scheduler.api;

import dev.renderfleet.contracts.identity.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.OptionalLong;

/**
 * A place in a listing, as text for the client. Its check sum tells changed text, and a cursor of another listing; it protects no secret,
 * for a cursor leads nowhere but into its listing.
 */
final class PageCursor {

    private static final int BYTES = 2 * Long.BYTES;

    private PageCursor() {}

    /** @param listing what is listed, with its filter */
    static String of(String listing, long place) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).putLong(place).putLong(sum(listing, place));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The place; empty: no cursor of that listing has this text. */
    static OptionalLong read(String listing, String cursor) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException _) {
            return OptionalLong.empty();
        }
        if (bytes.length != BYTES) {
            return OptionalLong.empty();
        }
        long place = ByteBuffer.wrap(bytes).getLong();
        // Text that differs in unused bits is changed text as well.
        return of(listing, place).equals(cursor) ? OptionalLong.of(place) : OptionalLong.empty();
    }

    private static long sum(String listing, long place) {
        byte[] text = (listing + "\n" + place).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.wrap(Sha256.digest(text)).getLong();
    }
}
