/** Which model draws a job, at what worst price, as pure functions over the model catalogue. Touches no clock, no network, no SDK. */
@NullMarked
package dev.renderfleet.catalogue;

import org.jspecify.annotations.NullMarked;
