/** What workers and scheduler tell each other on {@code render.signals}. Plain values that depend on the events' package only. */
@NullMarked
package dev.renderfleet.contracts.signal;

import org.jspecify.annotations.NullMarked;
