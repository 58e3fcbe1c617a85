package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.Accounts;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.bfl.BflImageProvider;
import dev.renderfleet.worker.providers.dashscope.DashScopeImageProvider;
import dev.renderfleet.worker.providers.gemini.GeminiImageModel;
import dev.renderfleet.worker.providers.openai.OpenAiImageProvider;
import dev.renderfleet.worker.providers.proof.ProofImageModel;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.net.URI;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The adapters of all providers that have settings. */
public final class Providers {

    /** Needs no account. */
    static final String PROOF = "proof";

    /** The ecosystem's names of the keys, which application.properties reads, by provider. */
    static final SortedMap<String, String> KEY_VARIABLES = Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(
            "gemini",
            "GEMINI_API_KEY",
            "openai",
            "OPENAI_API_KEY",
            "bfl",
            "BFL_API_KEY",
            "dashscope",
            "DASHSCOPE_API_KEY")));

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
        Map<String, String> keys = new HashMap<>();
        settings.forEach((name, provider) -> {
            if (!name.equals(PROOF) && !KEY_VARIABLES.containsKey(name)) {
                throw new IllegalArgumentException("renderfleet.providers." + name
                        + ": no such provider; known are proof, " + String.join(", ", KEY_VARIABLES.keySet()));
            }
            key(provider).filter(_ -> !name.equals(PROOF)).ifPresent(key -> {
                keys.put(name, key);
                models.put(name, adapter(name, provider.baseUrl().orElse(null), key, spool, clock, pause));
            });
        });
        models.put(PROOF, new ProofImageModel(spool, PixelSizes.builtIn(), PROOF_SHEETS_AT_ONCE));
        return new Providers(models, Accounts.ofKeys(keys));
    }

    private static ImageProvider adapter(
            String name, @Nullable URI baseUrl, String key, Spool spool, InstantSource clock, Pause pause) {
        WireLimits limits = WireLimits.DEFAULT;
        return switch (name) {
            case "gemini" -> new GeminiImageModel(spool, baseUrl, key, limits, clock);
            case "openai" -> new OpenAiImageProvider(spool, baseUrl, key, limits, clock);
            case "bfl" -> new BflImageProvider(spool, baseUrl, key, limits, clock, pause);
            case "dashscope" -> new DashScopeImageProvider(spool, baseUrl, key, limits, clock, pause);
            default -> throw new IllegalStateException("no adapter for " + name);
        };
    }

    private static Optional<String> key(WorkerSettings.Provider provider) {
        return provider.enabled()
                ? provider.apiKey().map(String::strip).filter(key -> !key.isEmpty())
                : Optional.empty();
    }

    /** The settings that give a worker access to a provider, for messages. */
    static String keySettings(String provider) {
        String variable = KEY_VARIABLES.get(provider);
        return (variable == null ? "" : variable + " or ") + "renderfleet.providers." + provider + ".api-key";
    }
}
