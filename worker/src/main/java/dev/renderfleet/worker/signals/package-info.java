/** Holds told to and heard from the other workers, on {@code render.signals}. The only package that uses SmallRye's channels. */
@NullMarked
package dev.renderfleet.worker.signals;

import org.jspecify.annotations.NullMarked;
