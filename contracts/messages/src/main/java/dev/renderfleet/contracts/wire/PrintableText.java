package dev.renderfleet.contracts.wire;

/** Makes foreign text safe for messages, logs and headers: short, on one line, without control characters. */
final class PrintableText {

    /** Half of the 80 characters of input that a message may quote: one path and one value. */
    private static final int QUOTE_CHARS_MAX = 40;

    private PrintableText() {}

    /** The text in quotes, cut to 40 characters. */
    static String quoted(String text) {
        return '"' + plain(text, QUOTE_CHARS_MAX) + '"';
    }

    /** The text, cut to that many characters with an ellipsis; unprintable characters become question marks. */
    static String plain(String text, int charsMax) {
        StringBuilder shown = new StringBuilder();
        int end = text.length() <= charsMax ? text.length() : charsMax - 1;
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            // Also half a surrogate pair left by the cut, and characters that reverse the text direction.
            boolean printable = switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR -> false;
                default -> true;
            };
            shown.append(printable ? c : '?');
        }
        return end < text.length() ? shown.append('…').toString() : shown.toString();
    }
}
