package dev.renderfleet.worker.limits;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.ProviderCard;
import dev.renderfleet.catalogue.Quota;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/**
 * What the providers grant the whole fleet.
 *
 * @param byModel by model id; a model without one is not limited
 * @param callsByProvider calls that a provider may have in progress over all its models, by its name
 * @param daysByProvider at whose midnight a quota of requests per day begins anew; in UTC for other providers
 */
public record FleetQuotas(
        Map<String, Quota> byModel, Map<String, Integer> callsByProvider, Map<String, ZoneId> daysByProvider) {

    /** No limits. */
    public static final FleetQuotas NONE = new FleetQuotas(Map.of(), Map.of(), Map.of());

    public FleetQuotas {
        byModel = Map.copyOf(byModel);
        callsByProvider = Map.copyOf(callsByProvider);
        daysByProvider = Map.copyOf(daysByProvider);
    }

    /** The quotas of the catalogue. */
    public static FleetQuotas of(ModelCatalogue catalogue) {
        Map<String, Quota> byModel = new HashMap<>();
        Map<String, Integer> callsByProvider = new HashMap<>();
        Map<String, ZoneId> daysByProvider = new HashMap<>();
        for (ModelCard model : catalogue.models()) {
            if (model.quota() != null) {
                byModel.put(model.id(), model.quota());
            }
            ProviderCard provider = catalogue.provider(model.provider());
            if (provider != null) {
                daysByProvider.put(provider.name(), provider.dayZone());
            }
            if (provider != null && provider.concurrentCalls() != null) {
                callsByProvider.put(provider.name(), provider.concurrentCalls());
            }
        }
        return new FleetQuotas(byModel, callsByProvider, daysByProvider);
    }

    QuotaDay day(String provider) {
        return new QuotaDay(daysByProvider.getOrDefault(provider, ZoneOffset.UTC));
    }
}
