package dev.renderfleet.catalogue;

import java.util.Set;

/**
 * What is on hold after refusals.
 *
 * @param heldModels ids
 * @param heldProviders names
 */
public record Health(Set<String> heldModels, Set<String> heldProviders) {

    /** Nothing is on hold. */
    public static final Health GOOD = new Health(Set.of(), Set.of());

    public Health {
        heldModels = Set.copyOf(heldModels);
        heldProviders = Set.copyOf(heldProviders);
    }

    boolean holds(ModelCard card) {
        return heldModels.contains(card.id()) || heldProviders.contains(card.provider());
    }
}
