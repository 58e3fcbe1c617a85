/** Measurements in a few numbers. Knows nothing of fleets. */
@NullMarked
package dev.renderfleet.fleet.figures;

import org.jspecify.annotations.NullMarked;
