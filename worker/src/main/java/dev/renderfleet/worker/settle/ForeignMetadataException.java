package dev.renderfleet.worker.settle;

/** The metadata of a committed offset is damaged, of a newer version, or written by another program. */
final class ForeignMetadataException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final int SHOWN_CHARS_MAX = 60;

    ForeignMetadataException(String metadata, String reason) {
        super("the metadata \"" + metadata.substring(0, Math.min(SHOWN_CHARS_MAX, metadata.length())) + "\" " + reason);
    }
}
