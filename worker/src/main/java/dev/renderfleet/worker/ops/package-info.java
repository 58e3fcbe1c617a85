/** Wiring, configuration, health, metric names, start and drain. May touch every package; none may touch it. */
@NullMarked
package dev.renderfleet.worker.ops;

import org.jspecify.annotations.NullMarked;
