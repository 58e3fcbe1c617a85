package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.failpoint.Failpoint;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A workload follows from the seed. */
class WorkloadTest {

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
                List.of(),
                null,
                8,
                40,
                8,
                Duration.ofMinutes(2));
    }
}
