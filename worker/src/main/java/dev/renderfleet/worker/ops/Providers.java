package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.ProviderCard;
import dev.renderfleet.catalogue.ProviderType;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.Accounts;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.bfl.BflImageProvider;
import dev.renderfleet.worker.providers.comfy.ComfyImageProvider;
import dev.renderfleet.worker.providers.comfy.ComfyServer;
import dev.renderfleet.worker.providers.dashscope.DashScopeImageProvider;
import dev.renderfleet.worker.providers.gemini.GeminiImageModel;
import dev.renderfleet.worker.providers.gemini.GoogleAccount;
import dev.renderfleet.worker.providers.openai.ImagesDialect;
import dev.renderfleet.worker.providers.openai.OpenAiImageProvider;
import dev.renderfleet.worker.providers.proof.ProofImageModel;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.net.URI;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

    /** The accounts of the providers that this worker can call. */
    Accounts accounts() {
        return accounts;
    }

    /** The adapters by provider name. */
    public Map<String, ImageProvider> models() {
        return models;
    }

    /**
     * Creates them. Throws for a provider that neither the catalogue nor the built-in one has.
     *
     * @param pause between two polls of a task
     * @param lender null: the store cannot be reached by providers
     */
    static Providers configured(
            Map<String, WorkerSettings.Provider> settings,
            ModelCatalogue catalogue,
            Spool spool,
            InstantSource clock,
            Pause pause,
            @Nullable PictureLender lender) {
        Map<String, ImageProvider> models = new HashMap<>();
        Map<String, String> accounts = new HashMap<>();
        var tools = new AdapterTools(catalogue, spool, clock, pause, lender);
        settings.forEach((name, provider) -> {
            ProviderCard card = card(name, catalogue);
            String key = provider.apiKey().map(String::strip).orElse("");
            String baseUrl = provider.baseUrl().map(URI::toString).orElse("");
            if (!baseUrl.isEmpty() && !baseUrl.matches("(?i)https?://.+")) {
                throw new IllegalArgumentException(
                        "renderfleet.providers." + name + ".base-url: an address begins with http:// or https://");
            }
            String account = account(card, provider, key, baseUrl);
            if (provider.enabled() && account != null && !name.equals(PROOF)) {
                accounts.put(name, account);
                models.put(name, adapter(card, provider, key, tools));
            }
        });
        models.put(PROOF, new ProofImageModel(spool, PixelSizes.builtIn(), PROOF_SHEETS_AT_ONCE));
        return new Providers(models, Accounts.ofKeys(accounts));
    }

    /** What distinguishes the account from others of the provider; null: no access. */
    private static @Nullable String account(
            ProviderCard card, WorkerSettings.Provider provider, String key, String baseUrl) {
        if (card.type().selfHosted()) {
            // Two servers may have one key, or none.
            return baseUrl.isEmpty() ? null : baseUrl + "\n" + key;
        }
        if (card.type() == ProviderType.VERTEX && provider.project().isPresent()) {
            return provider.project().get() + "\n" + provider.credentials().orElse(null);
        }
        return key.isEmpty() ? null : key;
    }

    /** Settings of a built-in provider may stay when the operator's own catalogue has no models of it. */
    private static ProviderCard card(String name, ModelCatalogue catalogue) {
        ProviderCard own = catalogue.provider(name);
        ProviderCard card = own == null ? ModelCatalogue.builtIn().provider(name) : own;
        if (card == null) {
            throw new IllegalArgumentException(
                    "renderfleet.providers." + name + ": no such provider in the model catalogue; there are "
                            + catalogue.providers().stream()
                                    .map(ProviderCard::name)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        }
        return card;
    }

    /** What all adapters are made of. */
    private record AdapterTools(
            ModelCatalogue catalogue,
            Spool spool,
            InstantSource clock,
            Pause pause,
            @Nullable PictureLender lender) {}

    /** @param key empty: none, for a server of one's own only */
    private static ImageProvider adapter(
            ProviderCard card, WorkerSettings.Provider settings, String key, AdapterTools tools) {
        URI baseUrl = settings.baseUrl().orElse(null);
        WireLimits limits = WireLimits.DEFAULT;
        Spool spool = tools.spool;
        InstantSource clock = tools.clock;
        return switch (card.type()) {
            case GEMINI -> new GeminiImageModel(spool, baseUrl, GoogleAccount.developerApi(key), limits, clock);
            case VERTEX -> new GeminiImageModel(spool, baseUrl, vertex(card, settings, key), limits, clock);
            case OPENAI -> new OpenAiImageProvider(spool, baseUrl, key, limits, clock, tools.lender);
            case OPENAI_COMPATIBLE ->
                new OpenAiImageProvider(
                        spool,
                        settings.baseUrl().orElseThrow(),
                        key,
                        limits,
                        clock,
                        ImagesDialect.of(Objects.requireNonNull(card.profile())));
            case BFL -> new BflImageProvider(spool, baseUrl, key, limits, clock, tools.pause);
            case DASHSCOPE -> new DashScopeImageProvider(spool, baseUrl, key, limits, clock, tools.pause);
            case COMFYUI ->
                new ComfyImageProvider(spool, comfyServer(card, settings, tools.catalogue), limits, clock, tools.pause);
            case PROOF ->
                throw new IllegalArgumentException(
                        card.accessSetting() + ": this worker has no adapter for type " + card.type());
        };
    }

    private static GoogleAccount vertex(ProviderCard card, WorkerSettings.Provider settings, String key) {
        String project = settings.project().orElse(null);
        if (project == null) {
            return GoogleAccount.vertexExpress(key);
        }
        if (!key.isEmpty()) {
            throw new IllegalArgumentException(
                    card.accessSetting() + ": set one of them; a key is of Vertex AI's express mode");
        }
        return GoogleAccount.vertexProject(
                project, settings.location(), settings.credentials().orElse(null));
    }

    private static ComfyServer comfyServer(
            ProviderCard card, WorkerSettings.Provider settings, ModelCatalogue catalogue) {
        return new ComfyServer(
                settings.baseUrl().orElseThrow(),
                settings.apiKey().orElse(null),
                settings.workflows().orElse(null),
                catalogue.models().stream()
                        .filter(model -> model.provider().equals(card.name()))
                        .map(ModelCard::servedName)
                        .collect(Collectors.toSet()));
    }

    /** The settings that give a worker access, by provider of a model in the catalogue, for messages. */
    static Map<String, String> accessSettings(ModelCatalogue catalogue) {
        Map<String, String> settings = new HashMap<>();
        for (ModelCard model : catalogue.models()) {
            ProviderCard card = Objects.requireNonNull(catalogue.provider(model.provider()));
            String variable = KEY_VARIABLES.get(card.name());
            if (card.type() != ProviderType.PROOF) {
                settings.put(card.name(), (variable == null ? "" : variable + " or ") + card.accessSetting());
            }
        }
        return settings;
    }
}
