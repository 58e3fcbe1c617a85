package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.queue.WindowState;
import java.time.Instant;
import java.util.Map;

/**
 * A model's line as the leader saw it.
 *
 * @param balanced whether accounts add up: if not, nothing is released
 * @param shares of the model's releases by tenant that is served now
 */
public record ModelLine(String model, Instant at, boolean balanced, WindowState window, Map<String, Double> shares) {}
