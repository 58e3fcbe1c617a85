package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.Accounts;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.bfl.BflImageProvider;
import dev.renderfleet.worker.providers.gemini.GeminiImageModel;
import dev.renderfleet.worker.providers.proof.ProofImageModel;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The adapters of all providers that have settings. */
public final class Providers {

    /** Needs no account. */
    static final String PROOF = "proof";

    /** A sheet uses one processor. */
    private static final int PROOF_SHEETS_AT_ONCE = 2;

    private final Map<String, ImageProvider> models;
    private final Accounts accounts;

    private Providers(Map<String, ImageProvider> models, Accounts accounts) {
        this.models = Map.copyOf(models);
        this.accounts = accounts;
    }

    /** The accounts of the providers that have a key. */
    Accounts accounts() {
        return accounts;
    }

    /** The adapters by provider name. */
    public Map<String, ImageProvider> models() {
        return models;
    }

    /**
     * Creates them. Throws for an unknown provider.
     *
     * @param pause between two polls of a task
     */
    static Providers configured(
            Map<String, WorkerSettings.Provider> settings, Spool spool, InstantSource clock, Pause pause) {
        Map<String, ImageProvider> models = new HashMap<>();
        settings.forEach((name, provider) -> {
            switch (name) {
                case "gemini" ->
                    key(provider)
                            .ifPresent(key -> models.put(
                                    name,
                                    new GeminiImageModel(
                                            spool, provider.baseUrl().orElse(null), key, WireLimits.DEFAULT, clock)));
                case "bfl" ->
                    key(provider)
                            .ifPresent(key -> models.put(
                                    name,
                                    new BflImageProvider(
                                            spool,
                                            provider.baseUrl().orElse(null),
                                            key,
                                            WireLimits.DEFAULT,
                                            clock,
                                            pause)));
                case PROOF -> {}
                default ->
                    throw new IllegalArgumentException(
                            "renderfleet.providers." + name + ": no such provider; known are bfl, gemini and proof");
            }
        });
        models.put(PROOF, new ProofImageModel(spool, PixelSizes.builtIn(), PROOF_SHEETS_AT_ONCE));
        Map<String, String> keys = new HashMap<>();
        settings.forEach((name, provider) ->
                key(provider).filter(_ -> !name.equals(PROOF)).ifPresent(key -> keys.put(name, key.strip())));
        return new Providers(models, Accounts.ofKeys(keys));
    }

    private static Optional<String> key(WorkerSettings.Provider provider) {
        return provider.enabled() ? provider.apiKey().filter(key -> !key.isBlank()) : Optional.empty();
    }

    /** The settings that give a worker access to a provider, for messages. */
    static String keySettings(String provider) {
        String ecosystem = switch (provider) {
            case "bfl" -> "BFL_API_KEY or ";
            case "gemini" -> "GEMINI_API_KEY or ";
            default -> "";
        };
        return ecosystem + "renderfleet.providers." + provider + ".api-key";
    }
}
