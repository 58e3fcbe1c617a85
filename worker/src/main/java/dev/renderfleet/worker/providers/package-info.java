/**
 * The port to image models: one request, one sealed answer. A provider is an {@link dev.renderfleet.worker.providers.ImageProvider}
 * in a package below, a line in {@code ops.Providers} and its models in {@code models.yaml}.
 */
@NullMarked
package dev.renderfleet.worker.providers;

import org.jspecify.annotations.NullMarked;
