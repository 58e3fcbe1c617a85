package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.bfl.BflImageProvider;
import dev.renderfleet.worker.providers.comfy.ComfyImageProvider;
import dev.renderfleet.worker.providers.openai.OpenAiImageProvider;
import dev.renderfleet.worker.providers.proof.ProofImageModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {

    private interface Defaults extends WorkerSettings.Provider {
        @Override
        default Optional<URI> baseUrl() {
            return Optional.empty();
        }

        @Override
        default boolean enabled() {
            return true;
        }

        @Override
        default Optional<Path> workflows() {
            return Optional.empty();
        }

        @Override
        default Optional<String> project() {
            return Optional.empty();
        }

        @Override
        default String location() {
            return "global";
        }

        @Override
        default Optional<Path> credentials() {
            return Optional.empty();
        }
    }

    private record Settings(Optional<URI> baseUrl, Optional<String> apiKey, boolean enabled) implements Defaults {}

    private record Project(Optional<String> apiKey, Path file) implements Defaults {
        @Override
        public Optional<String> project() {
            return Optional.of("a-project");
        }

        @Override
        public Optional<Path> credentials() {
            return Optional.of(file);
        }
    }

    private static final Settings NO_KEY = new Settings(Optional.empty(), Optional.empty(), true);
    private static final Settings KEY = new Settings(Optional.empty(), Optional.of("AIza-not-a-key"), true);

    @TempDir
    Path spool = Path.of("set by JUnit");

    @Test
    void proofIsAlwaysThere() {
        assertThat(configured(Map.of())).containsOnlyKeys("proof");
        assertThat(configured(Map.of("gemini", NO_KEY))).containsOnlyKeys("proof");
        assertThat(configured(Map.of("proof", KEY)).get("proof")).isInstanceOf(ProofImageModel.class);
    }

    @Test
    void eachProviderIsThereWithAKey() {
        Map<String, Settings> all =
                Providers.KEY_VARIABLES.keySet().stream().collect(Collectors.toMap(Function.identity(), _ -> KEY));
        Map<String, ImageProvider> models = configured(all);

        assertThat(models).containsOnlyKeys("proof", "gemini", "openai", "bfl", "dashscope");
        assertThat(configured(Map.of("openai", KEY))).containsOnlyKeys("proof", "openai");
        assertThat(Providers.accessSettings(ModelCatalogue.builtIn()))
                .containsEntry("openai", "OPENAI_API_KEY or renderfleet.providers.openai.api-key")
                .doesNotContainKey("proof");
    }

    @Test
    void eachKeyIsReadFromTheVariableOfItsEcosystem() throws IOException {
        var properties = new Properties();
        try (InputStream in = Providers.class.getResourceAsStream("/application.properties")) {
            properties.load(in);
        }

        Providers.KEY_VARIABLES.forEach(
                (name, variable) -> assertThat(properties.getProperty("renderfleet.providers." + name + ".api-key"))
                        .isEqualTo("${" + variable + ":}"));
    }

    @Test
    void aProviderThatTheFleetGivesUpIsNotCalledInSpiteOfItsKey() {
        var withdrawn = new Settings(Optional.empty(), KEY.apiKey(), false);
        var blank = new Settings(Optional.empty(), Optional.of(" "), true);

        assertThat(configured(Map.of("gemini", withdrawn))).containsOnlyKeys("proof");
        assertThat(configured(Map.of("gemini", blank))).containsOnlyKeys("proof");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemni", "GEMINI", "midjourney", ""})
    void anUnknownProviderStopsTheStartAndIsNamedWithOrWithoutAKey(String name) {
        for (Settings settings : new Settings[] {NO_KEY, KEY}) {
            assertThatThrownBy(() -> configured(Map.of(name, settings)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("renderfleet.providers." + name)
                    .hasMessageContaining("bfl, dashscope, gemini, openai, proof, vertex")
                    .message()
                    .doesNotContain("AIza");
        }
    }

    /** An account of its own, with the adapter of its type. */
    @Test
    void aProviderOfTheCatalogueHasTheAdapterOfItsType() throws IOException {
        var catalogue = ModelCatalogue.read(new ByteArrayInputStream("""
            version: "1"
            providers:
              - {name: openai, type: openai}
              - {name: openai-eu, type: openai}
              - {name: flux, type: bfl}
              - {name: gpu, type: comfyui}
            models: []
            """.getBytes(StandardCharsets.UTF_8)));

        var gpu = new Settings(Optional.of(URI.create("http://gpu-1:8188")), Optional.empty(), true);
        var models = configured(
                Map.of("openai", KEY, "openai-eu", KEY, "flux", KEY, "gpu", gpu, "gemini", NO_KEY), catalogue);

        assertThat(models).containsOnlyKeys("openai", "openai-eu", "flux", "gpu", "proof");
        assertThat(models.get("gpu")).isInstanceOf(ComfyImageProvider.class);
        assertThat(models.get("openai-eu")).isInstanceOf(OpenAiImageProvider.class);
        assertThat(models.get("flux")).isInstanceOf(BflImageProvider.class);
        assertThatThrownBy(() -> configured(Map.of("openai-us", KEY), catalogue))
                .hasMessageContaining("flux, gpu, openai, openai-eu");
    }

    @Test
    void vertexIsThereWithAKeyOrAProjectButNotWithBoth() throws IOException {
        Path account = Files.writeString(
                spool.resolveSibling(spool.getFileName() + ".json"),
                "{'type':'authorized_user','client_id':'c','client_secret':'s','refresh_token':'r'}"
                        .replace('\'', '"'));

        assertThat(configured(Map.of("vertex", KEY))).containsOnlyKeys("vertex", "proof");
        assertThat(configured(Map.of("vertex", new Project(Optional.empty(), account))))
                .containsOnlyKeys("vertex", "proof");
        assertThatThrownBy(() -> configured(Map.of("vertex", new Project(KEY.apiKey(), account))))
                .hasMessageContaining("renderfleet.providers.vertex.project or renderfleet.providers.vertex.api-key")
                .hasMessageNotContaining("AIza");
        assertThat(Providers.accessSettings(ModelCatalogue.builtIn())).containsKey("vertex");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8000", "ftp://gpu1", "http:gpu1"})
    void anAddressThatIsNoneStopsTheStart(String address) {
        var settings = new Settings(Optional.of(URI.create(address)), KEY.apiKey(), true);

        assertThatThrownBy(() -> configured(Map.of("openai", settings)))
                .hasMessageContaining("renderfleet.providers.openai.base-url")
                .hasMessageNotContaining("AIza");
    }

    @Test
    void serversOfOnesOwnAreThereWithAnAddressAndHaveAccountsOfTheirOwn() throws IOException {
        var catalogue = ModelCatalogue.read(new ByteArrayInputStream("""
            version: "1"
            providers:
              - {name: vllm1, type: openai-compatible, profile: vllm-omni}
              - {name: vllm2, type: openai-compatible, profile: vllm-omni}
              - {name: sdcpp, type: openai-compatible, profile: stable-diffusion.cpp}
            models: []
            """.getBytes(StandardCharsets.UTF_8)));
        var first = new Settings(Optional.of(URI.create("http://10.0.0.7:8000")), Optional.empty(), true);
        var second = new Settings(Optional.of(URI.create("http://10.0.0.8:8000")), Optional.empty(), true);

        var providers = Providers.configured(
                Map.of("vllm1", first, "vllm2", second, "sdcpp", KEY),
                catalogue,
                Spool.open(spool),
                InstantSource.fixed(Instant.EPOCH),
                _ -> true,
                null);

        assertThat(providers.models()).as("a key alone is no address").containsOnlyKeys("vllm1", "vllm2", "proof");
        assertThat(providers.accounts().byProvider().values()).doesNotHaveDuplicates();
    }

    private Map<String, ImageProvider> configured(Map<String, ? extends WorkerSettings.Provider> settings) {
        return configured(settings, ModelCatalogue.builtIn());
    }

    private Map<String, ImageProvider> configured(
            Map<String, ? extends WorkerSettings.Provider> settings, ModelCatalogue catalogue) {
        return Providers.configured(
                        Map.copyOf(settings),
                        catalogue,
                        Spool.open(spool),
                        InstantSource.fixed(Instant.EPOCH),
                        _ -> true,
                        null)
                .models();
    }
}
