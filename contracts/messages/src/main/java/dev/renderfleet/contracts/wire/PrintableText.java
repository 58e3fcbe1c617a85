package dev.renderfleet.contracts.wire;

/** Foreign text made fit for messages, logs and headers: short, on one line, without control characters. */
final class PrintableText {

    /** Room for one path and one value in a message of which at most 80 characters are the sender's. */
    private static final int QUOTE_CHARS_MAX = 40;

    private PrintableText() {}

    /** The text in quotes, cut to 40 characters. */
    static String quoted(String text) {
        return '"' + plain(text, QUOTE_CHARS_MAX) + '"';
    }

    /** The text cut to that many characters, an ellipsis among them if it was longer; what cannot be printed becomes a question mark. */
    static String plain(String text, int charsMax) {
        StringBuilder shown = new StringBuilder();
        int end = text.length() <= charsMax ? text.length() : charsMax - 1;
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            // Also halves of a pair that the cut may have left, and format characters that turn the reading direction.
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
