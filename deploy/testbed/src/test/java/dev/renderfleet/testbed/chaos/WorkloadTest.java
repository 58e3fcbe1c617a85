package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.worker.failpoint.Failpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A workload follows from the seed. */
class WorkloadTest {

    @TempDir
    private Path folder = Path.of("set by JUnit");

    @Test
    void theSameSeedMakesTheSameRun() {
        assertThat(Workload.of(plan(7))).isEqualTo(Workload.of(plan(7)));
        assertThat(plan(7).random("kills").longs(100).toArray())
                .isEqualTo(plan(7).random("kills").longs(100).toArray());
    }

    @Test
    void anotherSeedMakesAnotherRun() {
        assertThat(Workload.of(plan(7)).records())
                .isNotEqualTo(Workload.of(plan(8)).records());
        assertThat(plan(7).random("kills").longs(100).toArray())
                .isNotEqualTo(plan(8).random("kills").longs(100).toArray())
                .isNotEqualTo(plan(7).random("pauses").longs(100).toArray());
    }

    @Test
    void faultsAndDuplicatesAreAsManyAsAskedFor() {
        Workload work = Workload.of(plan(7));

        assertThat(work.jobsByPrompt()).hasSize(2_000);
        assertThat(work.jobsByPrompt().keySet().stream().filter(prompt -> prompt.contains("[[sim:")))
                .as("5 %")
                .hasSizeBetween(70, 130);
        assertThat(work.records()).as("5 % twice").hasSizeBetween(2_070, 2_130);
    }

    @Test
    void someJobsAreToBeHeldAndAreNotPublishedAgain() {
        List<RenderJob> held = Workload.of(plan(7)).records().stream()
                .filter(job -> job.onUnknown() == OnUnknown.HOLD)
                .toList();

        assertThat(held).as("5 %").hasSizeBetween(70, 130).doesNotHaveDuplicates();
    }

    @Test
    void eachKindOfFaultOccurs() {
        // 100 faults a seed, of 34 kinds: one seed alone misses some.
        List<String> prompts = Stream.of(7, 8, 9, 10)
                .flatMap(seed -> Workload.of(plan(seed)).jobsByPrompt().keySet().stream())
                .toList();

        assertThat(ProviderFault.values()).allSatisfy(kind -> {
            String directive = kind.directive(plan(7).modelTimeout());
            assertThat(prompts).anyMatch(prompt -> prompt.endsWith(directive));
        });
    }

    @Test
    void noneButTheKindsOfFaultsThatAreAskedForOccur() {
        Workload work = Workload.of(plan(7, List.of(ProviderFault.HANG, ProviderFault.LATE)));

        assertThat(work.jobsByPrompt().keySet().stream().filter(prompt -> prompt.contains("[[sim:")))
                .hasSizeBetween(70, 130)
                .allMatch(prompt -> prompt.contains("[[sim:HANG*1]]") || prompt.contains("[[sim:LATE seconds=45*1]]"));
    }

    /** A fault that a model's simulator does not know is none. */
    @Test
    void jobsNameAllModelsWithFaultsThatTheirSimulatorsKnow() {
        List<ProviderFault> kinds = List.of(ProviderFault.HANG, ProviderFault.THOUGHT_ONLY);
        Map<String, List<RenderJob>> byModel =
                Workload.of(plan(7, kinds, List.of(ChaosModel.values()))).records().stream()
                        .collect(Collectors.groupingBy(job -> Objects.requireNonNull(job.model())));

        assertThat(ChaosModel.values()).allSatisfy(model -> {
            List<RenderJob> jobs = Objects.requireNonNull(byModel.get(model.id()));
            assertThat(jobs).hasSizeGreaterThan(2_000 / ChaosModel.values().length / 2);
            assertThat(jobs)
                    .filteredOn(job -> job.prompt().resolved().contains("THOUGHT_ONLY"))
                    .hasSizeGreaterThanOrEqualTo(model == ChaosModel.GEMINI ? 1 : 0)
                    .hasSizeLessThanOrEqualTo(model == ChaosModel.GEMINI ? 100 : 0);
            assertThat(jobs).anyMatch(job -> job.prompt().resolved().contains("HANG"));
        });
    }

    /** Of the models of a run alone, of one whose models are chosen by name only, and of all. */
    @ParameterizedTest
    @MethodSource("modelsOfARun")
    void eachJobHasAModelWithinItsBudget(List<ChaosModel> models) throws IOException {
        Path file = ModelsFile.write(
                folder.resolve("models.yaml"),
                mixed(ChaosModel.GEMINI).modelTimeout(),
                models.stream().collect(Collectors.toMap(ChaosModel::id, _ -> Map.of())));
        Router router = new Router(
                ModelCatalogue.read(Files.newInputStream(file)),
                models.stream().map(ChaosModel::provider).collect(Collectors.toSet()));

        assertThat(all(Workload.of(mixed(models.toArray(ChaosModel[]::new)))))
                .allSatisfy(job -> assertThat(router.route(job, LocalDate.of(2026, 11, 30)))
                        .isInstanceOf(Route.Routed.class));
    }

    private static Stream<List<ChaosModel>> modelsOfARun() {
        return Stream.of(
                List.of(ChaosModel.GEMINI),
                List.of(ChaosModel.COMFYUI),
                List.of(ChaosModel.OPENAI),
                List.of(ChaosModel.values()));
    }

    /** As a provider is sent it that gets the parent's image as a reference. */
    @Test
    void aPromptIsFoundInWhatAProviderIsSent() {
        String prompt = Workload.of(plan(7)).records().getFirst().prompt().resolved();

        assertThat(RandomJobs.promptIn("Image 1 is the image to edit.\n\n" + prompt))
                .isEqualTo(prompt);
        assertThat(RandomJobs.promptIn(prompt)).isEqualTo(prompt);
        assertThat(RandomJobs.promptIn("another")).isEqualTo("another");
    }

    @Test
    void someJobsMayGoOnWithAnotherModelWithinABudget() {
        List<RenderJob> jobs = all(Workload.of(mixed(ChaosModel.values()))).stream()
                .filter(job -> job.parent() == null && job.fallback() != Fallback.NONE)
                .distinct()
                .toList();

        assertThat(jobs).as("20 %").hasSizeBetween(330, 470);
        assertThat(jobs).extracting(RenderJob::fallback).contains(Fallback.UNBILLED, Fallback.ANY);
        assertThat(jobs).filteredOn(job -> job.model() == null).hasSizeBetween(150, 250);
        assertThat(jobs).filteredOn(job -> job.budget() != null).hasSizeBetween(200, 330);
        assertThat(jobs)
                .filteredOn(job -> job.prompt().resolved().contains("[[sim:"))
                .as("each for one model only")
                .hasSizeGreaterThan(200)
                .allMatch(job ->
                        job.prompt().resolved().matches("[^\\[]+( \\[\\[sim:[A-Z0-9_]+[^\\]]* model=\\S+\\*1]])+"));
    }

    @Test
    void editsNameEarlierJobsOfTheirTenantAndMostFollowTheirEvents() {
        Workload work = Workload.of(mixed(ChaosModel.values()));
        Map<String, RenderJob> jobs = all(work).stream().distinct().collect(Collectors.toMap(Workload::id, job -> job));
        List<RenderJob> edits =
                jobs.values().stream().filter(job -> job.parent() != null).toList();

        assertThat(edits).as("10 %").hasSizeBetween(150, 250);
        assertThat(edits).allSatisfy(edit -> {
            RenderJob parent = Objects.requireNonNull(jobs.get(edit.parent()));
            assertThat(parent.tenant()).isEqualTo(edit.tenant());
            assertThat(work.recordsByJob()).containsEntry(Workload.id(edit), 1);
        });
        assertThat(work.records()).filteredOn(job -> job.parent() != null).hasSizeBetween(30, 75);
        assertThat(edits)
                .as("of a job that is always refused")
                .filteredOn(edit -> Objects.requireNonNull(jobs.get(edit.parent()))
                        .prompt()
                        .resolved()
                        .matches(".*(BLOCK_SAFETY|MODERATION|REQUEST_MODERATED)]]"))
                .hasSizeBetween(20, 70);
        assertThat(edits)
                .as("of another edit")
                .anyMatch(
                        edit -> Objects.requireNonNull(jobs.get(edit.parent())).parent() != null);
    }

    private static List<RenderJob> all(Workload work) {
        return Stream.concat(
                        work.records().stream(),
                        work.editsByParent().values().stream().flatMap(List::stream))
                .toList();
    }

    @Test
    void everyFailpointOfTheWorkerIsKnown() {
        assertThat(FailpointName.values())
                .extracting(Enum::name)
                .containsExactly(
                        Arrays.stream(Failpoint.values()).map(Enum::name).toArray(String[]::new));
    }

    private static ChaosPlan plan(long seed) {
        return plan(seed, List.of(ProviderFault.values()));
    }

    private static ChaosPlan plan(long seed, List<ProviderFault> kinds) {
        return plan(seed, kinds, List.of(ChaosModel.GEMINI));
    }

    private static ChaosPlan plan(long seed, List<ProviderFault> kinds, List<ChaosModel> models) {
        return plan(seed, kinds, models, false);
    }

    private static ChaosPlan mixed(ChaosModel... models) {
        return plan(7, List.of(ProviderFault.values()), List.of(models), true);
    }

    private static ChaosPlan plan(long seed, List<ProviderFault> kinds, List<ChaosModel> models, boolean mixed) {
        return new ChaosPlan(
                seed,
                2_000,
                models,
                null,
                3,
                16,
                Duration.ofSeconds(5),
                1,
                Duration.ZERO,
                Duration.ofSeconds(9),
                5,
                5,
                kinds,
                5,
                mixed ? 20 : 0,
                mixed ? 10 : 0,
                List.of(),
                null,
                8,
                40,
                8,
                Duration.ofMinutes(2),
                null);
    }
}
