package dev.renderfleet.catalogue;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;

/**
 * What is on hold after refusals, and until when; and what providers switch off.
 *
 * @param models by id
 * @param providers by name
 * @param shutdowns the first day without a model, by its id, as its provider says
 */
public record Health(Map<String, Instant> models, Map<String, Instant> providers, Map<String, LocalDate> shutdowns) {

    /** Nothing is on hold. */
    public static final Health GOOD = new Health(Map.of(), Map.of());

    public Health {
        models = Map.copyOf(models);
        providers = Map.copyOf(providers);
        shutdowns = Map.copyOf(shutdowns);
    }

    /** Of holds only. */
    public Health(Map<String, Instant> models, Map<String, Instant> providers) {
        this(models, providers, Map.of());
    }

    /** The same holds, and what the providers say. */
    public Health withShutdowns(Map<String, LocalDate> days) {
        return new Health(models, providers, days);
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
