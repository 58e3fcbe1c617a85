/** Placeholder. */
@NullMarked
package dev.renderfleet.fleet;

import org.jspecify.annotations.NullMarked;
