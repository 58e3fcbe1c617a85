package dev.renderfleet.contracts.wire;

import org.jspecify.annotations.Nullable;

/**
 * The path of a value in a document, written {@code references[2].uri}. Names are foreign text, so they are shortened and made
 * printable. Costs one small object a step; the text is built only for a message.
 */
record JsonPath(@Nullable JsonPath parent, String name, int index) {

    static final JsonPath ROOT = new JsonPath(null, "", -1);

    private static final int NAME_CHARS_MAX = 40;
    private static final int PATH_CHARS_MAX = 80;

    JsonPath child(String childName) {
        return new JsonPath(this, childName, -1);
    }

    JsonPath element(int elementIndex) {
        return new JsonPath(this, "", elementIndex);
    }

    /** The path as text, at most 80 characters, or null for the whole document. */
    @Nullable
    String shown() {
        if (parent == null) {
            return null;
        }
        String path = toString();
        return path.length() <= PATH_CHARS_MAX ? path : path.substring(0, PATH_CHARS_MAX - 1) + '…';
    }

    @Override
    public String toString() {
        if (parent == null) {
            return "";
        }
        String before = parent.toString();
        if (index >= 0) {
            return before + '[' + index + ']';
        }
        String shown = PrintableText.plain(name, NAME_CHARS_MAX);
        return before.isEmpty() ? shown : before + '.' + shown;
    }
}
