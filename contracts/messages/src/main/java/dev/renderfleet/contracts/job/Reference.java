package dev.renderfleet.contracts.job;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * An input image for the model.
 *
 * @param uri {@code s3://bucket/key} below the tenant's own prefixes, or a public {@code https://} address
 * @param role purpose of the image
 * @param sha256 expected digest, 64 lower-case hex characters; another image is refused before any call
 */
public record Reference(
        URI uri, ReferenceRole role, @Nullable String sha256) {}
