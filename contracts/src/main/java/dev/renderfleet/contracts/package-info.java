/** Placeholder. */
@NullMarked
package dev.renderfleet.contracts;

import org.jspecify.annotations.NullMarked;
