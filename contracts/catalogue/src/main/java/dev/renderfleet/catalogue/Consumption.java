package dev.renderfleet.catalogue;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Quality;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one call used, as far as it is known.
 *
 * @param quality null: the model's default
 * @param references pictures in the request, mask and parent's image included
 * @param usage tokens and searches as the provider counted them
 * @param pictures in the answer; 0 if it has none
 * @param duration from sending to the last byte
 */
public record Consumption(
        String size, @Nullable Quality quality, int references, Usage usage, int pictures, Duration duration) {}
