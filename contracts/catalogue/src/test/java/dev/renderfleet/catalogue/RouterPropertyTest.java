package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCard.Tokens;
import dev.renderfleet.catalogue.ModelCatalogue.Sheet;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Preference;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Laws of the router over random catalogues and jobs. A failure names its seed; {@code -Dtest.seed=N} repeats it. */
class RouterPropertyTest {

    private static final long SEED = Long.getLong("test.seed", System.nanoTime());
    private static final int ROUNDS = 500;
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 30);
    private static final List<String> PROVIDERS = List.of("a", "b", "c");
    private static final List<String> SIZES = List.of("1K", "2K", "4K");
    private static final List<String> RATIOS = List.of("1:1", "16:9", "1:3..3:1");
    private static final List<String> CAPABILITIES =
            List.of("mask", "transparent", "thinking", "web-search", "image-search", "svg");

    private final Random random = new Random(SEED);

    /** One random case. */
    private record Case(
            ModelCatalogue catalogue,
            Router router,
            RenderJob job,
            Health health,
            Set<String> providers,
            Progress progress) {}

    @Test
    void noCandidateLacksARequirementOrIsAboveTheBudget() {
        int candidates = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Case given = given();
            for (Routed routed : ranking(given).candidates()) {
                candidates++;
                assertThat(lacks(routed.model(), given.job))
                        .as(description(given, routed.model()))
                        .isNull();
                assertThat(given.providers)
                        .as(description(given, routed.model()))
                        .contains(routed.model().provider());
                LocalDate retired = given.catalogue.retired(routed.model());
                assertThat(retired == null || TODAY.isBefore(retired))
                        .as(description(given, routed.model()))
                        .isTrue();
                if (given.job.budget() != null) {
                    assertThat(worst(given, routed.model()))
                            .as(description(given, routed.model()))
                            .isLessThanOrEqualTo(given.job.budget().maxUsdMicros());
                    assertThat(routed.model().prices().known())
                            .as(description(given, routed.model()))
                            .isTrue();
                }
            }
        }
        assertThat(candidates).as("seed " + SEED).isGreaterThan(ROUNDS / 4);
    }

    /** Also each model that meets all of them is a candidate. */
    @Test
    void everyModelIsEitherACandidateOrExcludedWithOneSentence() {
        for (int round = 0; round < ROUNDS; round++) {
            Case given = given();
            Ranking ranking = ranking(given);
            Set<String> candidates = ranking.candidates().stream()
                    .map(routed -> routed.model().id())
                    .collect(Collectors.toSet());
            Set<String> excluded = ranking.exclusions().stream()
                    .map(exclusion -> exclusion.model().id())
                    .collect(Collectors.toSet());

            assertThat(Stream.concat(candidates.stream(), excluded.stream()))
                    .as("seed " + SEED)
                    .containsExactlyInAnyOrderElementsOf(
                            given.catalogue.models().stream().map(ModelCard::id).toList());
            ranking.candidates()
                    .forEach(routed -> assertThat(routed.reason())
                            .as("seed " + SEED)
                            .isNotBlank()
                            .doesNotContain("\n"));
            for (Ranking.Exclusion exclusion : ranking.exclusions()) {
                assertThat(exclusion.reason().message())
                        .as("seed " + SEED)
                        .isNotBlank()
                        .doesNotContain("\n");
                assertThat(mayDraw(given, exclusion.model()))
                        .as(description(given, exclusion.model()))
                        .isFalse();
            }
            assertThat(ranking.route() instanceof Routed).as("seed " + SEED).isEqualTo(!candidates.isEmpty());
        }
    }

    @Test
    void theOrderIsByFailuresAndHealthThenAsPreferred() {
        for (int round = 0; round < ROUNDS; round++) {
            Case given = given();
            List<Routed> candidates = ranking(given).candidates();
            Preference preference =
                    given.job.routing() == null || given.job.routing().preference() == null
                            ? Preference.COST
                            : given.job.routing().preference();
            ToLongFunction<Routed> measure = switch (preference) {
                case COST ->
                    routed -> routed.model().prices().known()
                            ? routed.model().worstJobUsdMicros(given.job)
                            : Long.MAX_VALUE;
                case QUALITY -> routed -> -routed.model().quality();
                case SPEED -> routed -> routed.model().typicalSeconds();
            };
            for (int i = 1; i < candidates.size(); i++) {
                Routed better = candidates.get(i - 1);
                Routed worse = candidates.get(i);
                assertThat(Arrays.compare(called(given, better), called(given, worse)))
                        .as(description(given, worse.model()))
                        .isLessThanOrEqualTo(0);
                if (Arrays.equals(called(given, better), called(given, worse))) {
                    assertThat(measure.applyAsLong(better))
                            .as(description(given, worse.model()))
                            .isLessThanOrEqualTo(measure.applyAsLong(worse));
                }
            }
        }
    }

    /** Neither a second run nor the order of the file changes anything. */
    @Test
    void theSameJobIsRankedTheSameWay() {
        for (int round = 0; round < ROUNDS; round++) {
            Case given = given();
            List<ModelCard> shuffled = new ArrayList<>(given.catalogue.models());
            Collections.shuffle(shuffled, random);

            assertThat(ranking(given)).as("seed " + SEED).isEqualTo(ranking(given));
            assertThat(new Router(catalogue(shuffled), given.providers)
                            .rank(given.job, given.health, given.progress, TODAY)
                            .candidates())
                    .as("seed " + SEED)
                    .isEqualTo(ranking(given).candidates());
        }
    }

    private static Ranking ranking(Case given) {
        return given.router.rank(given.job, given.health, given.progress, TODAY);
    }

    private static boolean mayDraw(Case given, ModelCard card) {
        LocalDate retired = given.catalogue.retired(card);
        return !card.onlyByName()
                && (retired == null || TODAY.isBefore(retired))
                && given.providers.contains(card.provider())
                && lacks(card, given.job) == null
                && (given.job.budget() == null
                        || (card.prices().known()
                                && worst(given, card) <= given.job.budget().maxUsdMicros()));
    }

    /** Of the job, or of its next call beside what was spent. */
    private static long worst(Case given, ModelCard card) {
        long spent = given.progress.usdMicros();
        return spent == 0 ? card.worstJobUsdMicros(given.job) : spent + card.worstUsdMicros(given.job);
    }

    private Progress progress(List<String> ids) {
        List<String> called = some(ids, 3);
        int failed = random.nextInt(called.size() + 1);
        return random.nextBoolean()
                ? Progress.NONE
                : new Progress(
                        random.nextInt(3) * 10_000L,
                        null,
                        Set.copyOf(called.subList(failed, called.size())),
                        called.subList(0, failed));
    }

    /** What the order is by before the preference. */
    private static int[] called(Case given, Routed routed) {
        String id = routed.model().id();
        return new int[] {
            given.progress.failed().indexOf(id),
            given.health.holds(routed.model()) ? 1 : 0,
            given.progress.refused().contains(id) ? 1 : 0
        };
    }

    /** Written apart from the router: what the model cannot do of the job. */
    private static @Nullable String lacks(ModelCard card, RenderJob job) {
        Map<String, Boolean> needs = new HashMap<>();
        var output = job.output();
        long masks = job.references().stream()
                .filter(reference -> reference.role() == ReferenceRole.MASK)
                .count();
        needs.put("size", card.sizes().contains(output.size().wireName()));
        needs.put("ratio", output.aspectRatio() == null || card.ratios().contains(output.aspectRatio()));
        needs.put("format", output.format() == null || card.formats().contains(output.format()));
        needs.put("quality", output.quality() == null || card.qualities().contains(output.quality()));
        needs.put(
                "transparent",
                output.background() != Background.TRANSPARENT
                        || card.capabilities().contains("transparent"));
        needs.put(
                "mask", masks == 0 ? !card.maskRequired() : card.capabilities().contains("mask"));
        needs.put("references", job.references().size() - masks <= card.referencesMax());
        needs.put("prompt", job.prompt().resolved().length() <= card.promptCharsMax());
        needs.put("thinking", job.thinking() == null || card.capabilities().contains("thinking"));
        var grounding = job.grounding();
        needs.put(
                "web",
                grounding == null
                        || !grounding.webSearch()
                        || card.capabilities().contains("web-search"));
        needs.put(
                "images",
                grounding == null
                        || !grounding.imageSearch()
                        || card.capabilities().contains("image-search"));
        needs.put(
                "requirements",
                job.routing() == null
                        || card.capabilities().containsAll(job.routing().requirements()));
        return needs.entrySet().stream()
                .filter(need -> !need.getValue())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private static String description(Case given, ModelCard card) {
        return "seed %d, %s, model %s".formatted(SEED, given.job, card);
    }

    private Case given() {
        List<ModelCard> models = IntStream.rangeClosed(1, random.nextInt(30))
                .mapToObj(number -> card("m" + number))
                .toList();
        ModelCatalogue catalogue = catalogue(models);
        Set<String> providers = Set.copyOf(some(PROVIDERS, 3));
        var health = new Health(held(some(models.stream().map(ModelCard::id).toList(), 1)), held(some(PROVIDERS, 1)));
        return new Case(
                catalogue,
                new Router(catalogue, providers),
                job(),
                health,
                providers,
                progress(models.stream().map(ModelCard::id).toList()));
    }

    private static Map<String, Instant> held(List<String> names) {
        return names.stream().collect(Collectors.toMap(name -> name, _ -> Instant.MAX));
    }

    private static ModelCatalogue catalogue(List<ModelCard> models) {
        List<ProviderCard> providers = PROVIDERS.stream()
                .map(name -> new ProviderCard(name, ProviderType.OPENAI, null, name, ZoneOffset.UTC, null))
                .toList();
        return new ModelCatalogue(new Sheet("1", providers, models));
    }

    @SuppressWarnings("NullAway") // As Jackson does for what a file leaves out.
    private ModelCard card(String id) {
        Map<String, Long> pictures = new HashMap<>();
        SIZES.forEach(size -> pictures.put(size, 20_000 * random.nextLong(4)));
        Prices prices = random.nextInt(8) == 0
                ? null
                : new Prices(
                        pictures,
                        random.nextBoolean(),
                        random.nextInt(10),
                        0,
                        0,
                        0,
                        random.nextInt(5_000),
                        null,
                        random.nextInt(20_000),
                        0,
                        "random",
                        TODAY);
        return new ModelCard(
                id,
                PROVIDERS.get(random.nextInt(3)),
                null,
                List.of(),
                Set.copyOf(atLeastOne(SIZES)),
                new RatioSet(Set.copyOf(atLeastOne(RATIOS))),
                Set.copyOf(some(Arrays.asList(ImageFormat.values()), 3)),
                Set.copyOf(some(Arrays.asList(Quality.values()), 3)),
                random.nextInt(1, 11),
                random.nextInt(4),
                random.nextInt(8) == 0,
                random.nextInt(4) == 0 ? 3 : 0,
                Set.copyOf(some(CAPABILITIES, 6)),
                random.nextInt(5),
                random.nextInt(1, 5),
                Duration.ofMinutes(1),
                random.nextInt(8) == 0,
                prices,
                new Tokens(random.nextInt(2_000)),
                null,
                null,
                null,
                random.nextInt(4) == 0
                        ? Map.of("a", TODAY.plusDays(random.nextInt(3) - 1), "other", LocalDate.EPOCH)
                        : Map.of(),
                null,
                null);
    }

    /** Each field is there in one job of three or so, so that many models fit many jobs. */
    private RenderJob job() {
        List<String> output = new ArrayList<>();
        maybe(output, "'size':'" + one(SIZES) + "'");
        maybe(output, "'count':" + random.nextInt(1, 11));
        maybe(output, "'aspectRatio':'" + one(List.of("1:1", "16:9", "2:1", "9:21")) + "'");
        boolean transparent = random.nextInt(5) == 0;
        maybe(output, "'format':'" + one(transparent ? List.of("png", "webp") : List.of("png", "jpeg", "webp")) + "'");
        maybe(output, "'quality':'" + one(List.of("low", "medium", "high")) + "'");
        if (transparent) {
            output.add("'background':'transparent'");
        }
        List<String> references =
                new ArrayList<>(Collections.nCopies(random.nextInt(4), "{'uri':'s3://bucket/a','role':'style'}"));
        if (!references.isEmpty() && random.nextInt(3) == 0) {
            references.add("{'uri':'s3://bucket/m','role':'mask'}");
        }
        List<String> fields = new ArrayList<>();
        fields.add("'prompt':'" + one(List.of("vase", "a")) + "'");
        fields.add("'output':{" + String.join(",", output) + "}");
        fields.add("'references':[" + String.join(",", references) + "]");
        maybe(fields, "'budget':{'maxUsdMicros':" + random.nextInt(150_000) + "}");
        maybe(
                fields,
                "'routing':{'preference':'" + one(List.of("cost", "quality", "speed")) + "','requirements':["
                        + (random.nextInt(4) == 0 ? "'svg'" : "") + "]}");
        if (random.nextInt(6) == 0) {
            fields.add("'thinking':'high','grounding':{'webSearch':" + random.nextBoolean() + ",'imageSearch':"
                    + random.nextBoolean() + "}");
        }
        return TestJobs.job(String.join(",", fields));
    }

    private void maybe(List<String> fields, String field) {
        if (random.nextInt(3) == 0) {
            fields.add(field);
        }
    }

    private String one(List<String> values) {
        return Objects.requireNonNull(values.get(random.nextInt(values.size())));
    }

    private <T> List<T> some(List<T> values, int most) {
        List<T> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, Math.min(values.size(), random.nextInt(most + 1)));
    }

    private List<String> atLeastOne(List<String> values) {
        List<String> some = some(values, 3);
        return some.isEmpty() ? List.of(one(values)) : some;
    }
}
