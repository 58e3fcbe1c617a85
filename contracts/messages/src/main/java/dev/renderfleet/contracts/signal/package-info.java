/** Signals between workers and scheduler on {@code render.signals}. Plain values that depend on the event package only. */
@NullMarked
package dev.renderfleet.contracts.signal;

import org.jspecify.annotations.NullMarked;
