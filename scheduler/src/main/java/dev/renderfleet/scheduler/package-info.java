/** Placeholder. */
@NullMarked
package dev.renderfleet.scheduler;

import org.jspecify.annotations.NullMarked;
