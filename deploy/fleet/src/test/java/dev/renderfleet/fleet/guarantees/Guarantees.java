package dev.renderfleet.fleet.guarantees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.fleet.jobs.Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The promises, each as a judge of a run. */
public final class Guarantees {

    private Guarantees() {}

    /** Nothing lost: each job has a first-time outcome, and no job that nobody published has one. */
    public static final Guarantee NOTHING_LOST = run -> {
        Set<String> published = run.published().stream()
                .map(job -> JobId.of(job.tenant(), job.idempotencyKey()).value())
                .collect(Collectors.toSet());
        Set<String> told =
                run.events().stream().map(event -> event.job().jobId()).collect(Collectors.toSet());
        assertThat(told).as("jobs with an outcome").isEqualTo(published);
    };

    /** Nothing doubled: no job is announced twice as new. */
    public static final Guarantee NOTHING_DOUBLED = run -> {
        Map<String, Long> firsts = run.events().stream()
                .filter(event -> !event.replay())
                .collect(Collectors.groupingBy(event -> event.job().jobId(), Collectors.counting()));
        assertThat(firsts)
                .as("times announced as new")
                .allSatisfy((job, times) -> assertThat(times).as(job).isEqualTo(1));
    };

    /** All completed: no job failed or was rejected. */
    public static final Guarantee ALL_COMPLETED = run -> assertThat(run.events())
            .as("outcomes")
            .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));

    /** Each announced picture is there and intact: length, digest, pixels. */
    public static final Guarantee EACH_PICTURE_INTACT = run -> {
        List<String> faults = new ArrayList<>();
        for (RenderEvent event : run.events()) {
            if (event instanceof RenderCompleted completed) {
                for (Image image : completed.images()) {
                    Bucket.fault(image, run.bucket().get(image.key()))
                            .ifPresent(fault -> faults.add(image.key() + ": " + fault));
                }
            }
        }
        assertThat(faults).as("damaged pictures").isEmpty();
    };

    /** Nothing paid twice: one call of the model for each job, by the provider's own count. */
    public static final Guarantee ONE_CALL_EACH = run -> {
        Map<String, Integer> expected = run.published().stream()
                .collect(Collectors.toMap(job -> job.prompt().resolved(), _ -> 1));
        assertThat(run.callsByPrompt()).as("calls by prompt").isEqualTo(expected);
    };
}
