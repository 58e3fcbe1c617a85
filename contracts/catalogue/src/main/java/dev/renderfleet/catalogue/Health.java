package dev.renderfleet.catalogue;

import java.time.Instant;
import java.util.Map;

/**
 * What is on hold after refusals, and until when.
 *
 * @param models by id
 * @param providers by name
 */
public record Health(Map<String, Instant> models, Map<String, Instant> providers) {

    /** Nothing is on hold. */
    public static final Health GOOD = new Health(Map.of(), Map.of());

    public Health {
        models = Map.copyOf(models);
        providers = Map.copyOf(providers);
    }

    /** Until when the model, or its provider, is on hold; {@link Instant#MIN} if neither is. */
    public Instant heldUntil(ModelCard card) {
        Instant model = models.getOrDefault(card.id(), Instant.MIN);
        Instant provider = providers.getOrDefault(card.provider(), Instant.MIN);
        return model.isAfter(provider) ? model : provider;
    }

    boolean holds(ModelCard card) {
        return heldUntil(card).isAfter(Instant.MIN);
    }
}
