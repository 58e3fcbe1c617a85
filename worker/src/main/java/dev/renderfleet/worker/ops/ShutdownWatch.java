package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ShutdownNotice;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * Asks the providers when they switch models off, so that the router leaves these out. No job waits for it: what is not known yet, or
 * cannot be read, changes nothing. {@link #refresh} is for one thread, the rest is safe for use by many.
 */
final class ShutdownWatch {

    static final Duration INTERVAL = Duration.ofDays(1);

    /** From so many days before on, each refresh warns. */
    static final int WARNING_DAYS = 30;

    private static final Logger LOG = Logger.getLogger(ShutdownWatch.class);

    private final ModelCatalogue catalogue;
    private final Map<String, ImageProvider> models;
    private final InstantSource clock;
    private volatile Map<String, LocalDate> days = Map.of();

    /** @param models by provider name */
    ShutdownWatch(ModelCatalogue catalogue, Map<String, ImageProvider> models, InstantSource clock) {
        this.catalogue = catalogue;
        this.models = Map.copyOf(models);
        this.clock = clock;
    }

    /** The first day without a model, by its id, as its provider said last. */
    Map<String, LocalDate> days() {
        return days;
    }

    /** Days until a model is switched off, as its provider or the catalogue says; NaN: never. */
    double daysLeft(ModelCard model) {
        LocalDate listed = catalogue.retired(model);
        LocalDate day = days.getOrDefault(model.id(), listed == null ? LocalDate.MAX : listed);
        day = listed != null && listed.isBefore(day) ? listed : day;
        return day.equals(LocalDate.MAX) ? Double.NaN : today().until(day, ChronoUnit.DAYS);
    }

    /** Asks for each model that is in service and has its provider set up: one small request each. */
    void refresh() {
        Map<String, LocalDate> found = new HashMap<>(days);
        Map<String, String> unread = new TreeMap<>();
        for (ModelCard model : catalogue.models()) {
            ImageProvider provider = models.get(model.provider());
            LocalDate listed = catalogue.retired(model);
            if (provider == null || (listed != null && !today().isBefore(listed))) {
                continue;
            }
            switch (provider.shutdown(model.servedName())) {
                case ShutdownNotice.On(LocalDate day) -> found.put(model.id(), day);
                case ShutdownNotice.None() -> found.remove(model.id());
                case ShutdownNotice.Unread(String reason) -> unread.put(model.id(), reason);
            }
        }
        days = Map.copyOf(found);
        if (!unread.isEmpty()) {
            LOG.infof("shutdown dates not read, models=%s", unread);
        }
        found.forEach(this::warn);
    }

    private void warn(String model, LocalDate day) {
        if (today().until(day, ChronoUnit.DAYS) <= WARNING_DAYS) {
            ModelCard card = catalogue.find(model);
            LOG.warnf(
                    "model is switched off by its provider, model=%s day=%s successor=%s",
                    model, day, card == null ? null : card.successor());
        }
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
