/** The port to image models: one request, one sealed answer. Adapters live in packages below and are known by no one else. */
@NullMarked
package dev.renderfleet.worker.providers;

import org.jspecify.annotations.NullMarked;
