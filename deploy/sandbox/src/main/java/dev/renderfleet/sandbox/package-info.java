/** Placeholder. */
@NullMarked
package dev.renderfleet.sandbox;

import org.jspecify.annotations.NullMarked;
