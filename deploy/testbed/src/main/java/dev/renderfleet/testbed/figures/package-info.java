/** Statistics of measurements. Depends on nothing. */
@NullMarked
package dev.renderfleet.testbed.figures;

import org.jspecify.annotations.NullMarked;
