package dev.renderfleet.testbed.demo;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.ProviderCard;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.sandbox.simulators.bfl.BflSimulator;
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeSimulator;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import dev.renderfleet.testbed.demo.SampleCatalogue.Item;
import dev.renderfleet.testbed.system.ModelsFile;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the demo renders, and which providers it asks for real: those whose key is in the environment. The others are simulated.
 *
 * @param allModels one product by each model, instead of the whole sample catalogue by one
 * @param model id or alias, unless all are asked
 * @param real names of the providers that are asked for real
 * @param today of the catalogue's dates
 */
record DemoPlan(boolean allModels, String model, Set<String> real, LocalDate today) {

    /** Two calls of the default model at its worst-case price. */
    private static final long JOB_BUDGET_USD_MICROS = 200_000;

    private static final Set<String> PAID =
            Set.of(GeminiSimulator.NAME, OpenAiSimulator.NAME, BflSimulator.NAME, DashScopeSimulator.NAME);
    private static final ModelCatalogue MODELS = ModelsFile.catalogue();

    DemoPlan {
        real = Set.copyOf(real);
    }

    static DemoPlan of(Map<String, String> environment, boolean allModels, String model, LocalDate today) {
        ModelCard card = MODELS.find(model);
        Stream<String> asked = allModels || card == null ? PAID.stream() : Stream.of(card.provider());
        Set<String> real = asked.filter(PAID::contains)
                .filter(provider ->
                        !environment.getOrDefault(keyVariable(provider), "").isBlank())
                .collect(Collectors.toSet());
        return new DemoPlan(allModels, model, real, today);
    }

    /** The environment variable of a provider's key. */
    private static String keyVariable(String provider) {
        return provider.toUpperCase(Locale.ROOT) + "_API_KEY";
    }

    /** The variables of the keys that are used, for people. */
    String keyVariables() {
        return new TreeSet<>(real).stream().map(DemoPlan::keyVariable).collect(Collectors.joining(", "));
    }

    /** @param run part of each idempotency key, so that another run has other jobs */
    List<Item> items(SampleCatalogue catalogue, String bucket, String run) {
        if (!allModels) {
            return catalogue.items(bucket, run, model, JOB_BUDGET_USD_MICROS);
        }
        Set<String> providers =
                MODELS.providers().stream().map(ProviderCard::name).collect(Collectors.toSet());
        List<String> ids = MODELS.models().stream().map(ModelCard::id).toList();
        return catalogue.itemsByModel(bucket, run, new Router(MODELS, providers), ids, today);
    }

    /** The jobs that spend money. */
    List<Item> paid(List<Item> items) {
        return items.stream().filter(item -> real.contains(provider(item))).toList();
    }

    /** What these jobs may cost at most, in millionths of a US dollar. */
    static long worstUsdMicros(List<Item> items) {
        return items.stream()
                .map(item -> Objects.requireNonNull(item.job().budget()))
                .mapToLong(Budget::maxUsdMicros)
                .sum();
    }

    private static String provider(Item item) {
        ModelCard card = MODELS.find(Objects.requireNonNull(item.job().model()));
        return card == null ? "" : card.provider();
    }
}
