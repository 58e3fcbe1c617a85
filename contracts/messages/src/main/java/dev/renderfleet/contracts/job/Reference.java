package dev.renderfleet.contracts.job;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A picture the model shall look at.
 *
 * @param uri {@code s3://bucket/key} below the tenant's own prefixes, or a public {@code https://} address
 * @param role what the picture is for
 * @param sha256 expected digest as 64 lower-case hex characters; a picture that differs is refused before anything is spent
 */
public record Reference(
        URI uri, ReferenceRole role, @Nullable String sha256) {}
