package dev.renderfleet.contracts.job;

import org.jspecify.annotations.Nullable;

/**
 * A derived file, in addition to the original.
 *
 * @param name the producer's name for it, 1 to 64 characters of {@code [a-z0-9-_]}
 * @param width maximum width in pixels, 1 to 16,384; absent: as the original
 * @param height maximum height in pixels, 1 to 16,384; absent: as the original
 * @param format file format; absent: as the original
 */
public record Rendition(
        String name,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable ImageFormat format) {}
