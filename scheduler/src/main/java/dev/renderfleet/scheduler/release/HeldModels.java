package dev.renderfleet.scheduler.release;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.signal.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Holds that workers have said, of models and of providers. Safe for use by many threads. */
public final class HeldModels {

    /** The longest that a worker holds a model. */
    private static final Duration HOLD_MAX = Duration.ofHours(25);

    private final Map<String, HeardHold> models = new ConcurrentHashMap<>();
    private final Map<String, HeardHold> providers = new ConcurrentHashMap<>();

    /** @param reason code of the refusal */
    record HeardHold(Instant until, String reason) {}

    public void heard(Signal signal) {
        switch (signal) {
            case Hold hold ->
                models.put(
                        hold.model(), new HeardHold(hold.until(), hold.reason().wireName()));
            case ProviderHold hold ->
                providers.put(
                        hold.provider(),
                        new HeardHold(hold.until(), hold.reason().wireName()));
            case FleetSetup _, Cancel _ -> {}
        }
    }

    /** The longer hold of model and provider that is in force. */
    Optional<HeardHold> of(String model, String provider, Instant now) {
        return Stream.of(models.get(model), providers.get(provider))
                .filter(hold -> hold != null && hold.until().isAfter(now))
                .map(hold -> hold.until().isAfter(now.plus(HOLD_MAX))
                        ? new HeardHold(now.plus(HOLD_MAX), hold.reason())
                        : hold)
                .max((one, other) -> one.until().compareTo(other.until()));
    }
}
