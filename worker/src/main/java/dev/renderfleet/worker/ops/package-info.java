/** Settings, wiring, health, metrics, start and shutdown. Uses every package; none uses it. */
@NullMarked
package dev.renderfleet.worker.ops;

import org.jspecify.annotations.NullMarked;
