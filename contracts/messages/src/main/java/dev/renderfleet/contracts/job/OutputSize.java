package dev.renderfleet.contracts.job;

/** Resolution class of an image; on the wire {@code 1K}, {@code 2K} or {@code 4K}. */
public enum OutputSize implements WireNamed {
    K1("1K"),
    K2("2K"),
    K4("4K");

    private final String wireName;

    OutputSize(String wireName) {
        this.wireName = wireName;
    }

    /** The name on the wire, with an upper-case K. */
    @Override
    public String wireName() {
        return wireName;
    }
}
