/**
 * Draws the simulator's pictures: real, decodable, of the exact size asked for. May touch Java2D, and nothing of the other packages.
 */
@NullMarked
package dev.renderfleet.sandbox.pictures;

import org.jspecify.annotations.NullMarked;
