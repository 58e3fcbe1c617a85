/** Measurements in a few numbers. Knows nothing of fleets. */
@NullMarked
package dev.renderfleet.testbed.figures;

import org.jspecify.annotations.NullMarked;
