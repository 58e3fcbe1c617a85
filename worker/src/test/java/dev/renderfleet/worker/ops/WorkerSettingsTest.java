package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.storage.S3Endpoint.Addressing;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.PathConverter;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SysPropConfigSource;
import io.smallrye.config.validator.BeanValidationConfigValidator;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings, read as Quarkus reads them: the same mapping, converters and bean validation. */
class WorkerSettingsTest {

    private static final String ACCESS_KEY = "access-key-that-nobody-shall-see";
    private static final String SECRET_KEY = "secret-key-that-nobody-shall-see";
    private static final String API_KEY = "api-key-that-nobody-shall-see";

    private static final Map<String, String> REQUIRED = Map.of(
            "renderfleet.s3.endpoint", "http://127.0.0.1:9000",
            "renderfleet.s3.access-key", ACCESS_KEY,
            "renderfleet.s3.secret-key", SECRET_KEY);

    private static final ValidatorFactory VALIDATORS = Validation.byDefaultProvider()
            .configure()
            .messageInterpolator(new ParameterMessageInterpolator())
            .buildValidatorFactory();

    @AfterAll
    static void close() {
        VALIDATORS.close();
    }

    @Test
    void whatIsNotSaidIsAsDocumented() {
        WorkerSettings config = config(Map.of());

        assertThat(config.worker().slots()).isEqualTo(64);
        assertThat(config.worker().window()).isEqualTo(1_000);
        assertThat(config.worker().drainGrace()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.worker().spool())
                .isEqualTo(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-spool"));
        assertThat(config.worker().name()).isEmpty();
        assertThat(config.references().allowPrivateAddresses()).isFalse();
        assertThat(config.modelsFile()).isEmpty();
        assertThat(config.providers()).isEmpty();
        assertThat(config.s3().region()).isEqualTo("us-east-1");
        assertThat(config.s3().addressing()).isEmpty();
        assertThat(config.s3().caFile()).isEmpty();
        assertThat(config.s3().bucket()).isEqualTo("renderfleet");
        assertThat(config.s3().endpoint()).isEqualTo(URI.create("http://127.0.0.1:9000"));
    }

    @Test
    void aLeavingWorkerHasTimeForTheSlowestModel() {
        assertThat(ModelCatalogue.builtIn().models())
                .allSatisfy(card -> assertThat(config(Map.of()).worker().drainGrace())
                        .as(card.id())
                        .isGreaterThan(card.timeout()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "renderfleet.slots",
                "renderfleet.worker.slotz",
                "renderfleet.s3.acces-key",
                "renderfleet.providers.gemini.key",
                "renderfleet.references.allow-private"
            })
    void anUnknownKeyStopsTheStartAndIsNamed(String key) {
        assertThatThrownBy(() -> config(Map.of(key, "1"))).hasMessageContaining(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"renderfleet.s3.endpoint", "renderfleet.s3.access-key", "renderfleet.s3.secret-key"})
    void aMissingKeyStopsTheStartAndIsNamed(String key) {
        assertThatThrownBy(() -> config(Map.of(key, ""))).hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource({"slots, 0", "slots, -1", "slots, 4097", "slots, many", "window, 1", "window, 10001", "drain-grace, soon"
    })
    void aValueOutOfBoundsStopsTheStartAndIsNamed(String key, String value) {
        assertThatThrownBy(() -> config(Map.of("renderfleet.worker." + key, value)))
                .hasMessageContaining("renderfleet.worker." + key);
    }

    /** Its records on render.signals would not be read: their origin is the name and 37 characters. */
    @Test
    void aNameThatIsTooLongStopsTheStartAndIsNamed() {
        String key = "renderfleet.worker.name";
        assertThat(config(Map.of(key, "n".repeat(163))).worker().name()).isPresent();

        assertThatThrownBy(() -> config(Map.of(key, "n".repeat(164)))).hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource({"slots, 1", "slots, 4096", "window, 2", "window, 10000"})
    void theBoundsThemselvesAreAllowed(String key, String value) {
        WorkerSettings.Worker worker =
                config(Map.of("renderfleet.worker." + key, value)).worker();

        assertThat(key.equals("slots") ? worker.slots() : worker.window()).isEqualTo(Integer.parseInt(value));
    }

    @Test
    void nothingGoesWrongByPlanUnlessItIsSaid() {
        WorkerSettings.Chaos chaos = config(Map.of()).chaos();

        assertThat(chaos.killAt()).isEmpty();
        assertThat(chaos.killAtHit()).isEqualTo(1);
    }

    @Test
    void theFaultHarnessSaysWhereToDieAndWhatToDoWrong() {
        WorkerSettings.Chaos chaos = config(Map.of(
                        "renderfleet.chaos.kill-at", "committing",
                        "renderfleet.chaos.kill-at-hit", "3"))
                .chaos();

        assertThat(chaos.killAt()).contains(Failpoint.COMMITTING);
        assertThat(chaos.killAtHit()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"kill-at, nowhere", "kill-at-hit, 0", "bug, none-known", "kill, committing"})
    void aFaultThatIsNotKnownStopsTheStartAndIsNamed(String key, String value) {
        assertThatThrownBy(() -> config(Map.of("renderfleet.chaos." + key, value)))
                .hasMessageContaining("renderfleet.chaos." + key);
    }

    @Test
    void theStoreMayHaveItsOwnAuthorityAndAddressing() {
        WorkerSettings.S3 s3 = config(Map.of(
                        "renderfleet.s3.ca-file", "/etc/ca.pem",
                        "renderfleet.s3.addressing", "virtual-hosted",
                        "renderfleet.s3.public-endpoint", "https://pictures.example"))
                .s3();

        assertThat(s3.caFile()).contains(Path.of("/etc/ca.pem"));
        assertThat(s3.addressing()).contains(Addressing.VIRTUAL_HOSTED);
        assertThat(s3.publicEndpoint()).contains(URI.create("https://pictures.example"));
    }

    /** As application.properties has it where GEMINI_API_KEY is not set. */
    @Test
    void anEmptyApiKeyIsNone() {
        WorkerSettings config =
                config(Map.of("renderfleet.providers.gemini.api-key", "", "renderfleet.providers.gemini.base-url", ""));

        assertThat(config.providers().values())
                .allSatisfy(provider -> assertThat(provider.apiKey()).isEmpty());
    }

    @Test
    void aProviderOfOnesOwnIsSetByItsNameInAnEnvironmentVariable() {
        var environment =
                new EnvConfigSource(Map.of("RENDERFLEET_PROVIDERS_VLLM1_BASE_URL", "http://10.0.0.7:8000"), 300);

        assertThat(config(Map.of(), environment).providers()).containsOnlyKeys("vllm1");
    }

    @Test
    void printingTheSettingsShowsNoSecret() {
        WorkerSettings config = config(Map.of("renderfleet.providers.gemini.api-key", API_KEY));

        String printed = config + " " + config.s3() + " " + config.providers() + " " + config.worker();

        assertThat(printed).doesNotContain(ACCESS_KEY, SECRET_KEY, API_KEY);
    }

    @Test
    void whatIsSaidOfWrongSettingsShowsNoSecret() {
        assertThatThrownBy(() -> config(Map.of(
                        "renderfleet.providers.gemini.api-key", API_KEY,
                        "renderfleet.worker.slots", "0",
                        "renderfleet.wrong", "1")))
                .satisfies(failure -> assertThat(failure.toString()).doesNotContain(ACCESS_KEY, SECRET_KEY, API_KEY));
    }

    /** The required settings and these. */
    static WorkerSettings config(Map<String, String> more, ConfigSource... sources) {
        Map<String, String> settings = new HashMap<>(REQUIRED);
        settings.putAll(more);
        BeanValidationConfigValidator validator = new BeanValidationConfigValidator() {
            @Override
            public Validator getValidator() {
                return VALIDATORS.getValidator();
            }
        };
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withConverters(new org.eclipse.microprofile.config.spi.Converter<?>[] {
                    new PathConverter(), new DurationConverter()
                })
                .withSources(new SysPropConfigSource(), new PropertiesConfigSource(settings, "test", 500))
                .withSources(sources)
                .withMapping(WorkerSettings.class)
                .withValidator(validator)
                .build()
                .getConfigMapping(WorkerSettings.class);
    }
}
