package dev.renderfleet.peers.common;

/** The provider has decided: trying the same again makes no sense. */
public final class NoPictureException extends RuntimeException {

    /** @param reason the provider's own words */
    public NoPictureException(String reason) {
        super(reason);
    }
}
