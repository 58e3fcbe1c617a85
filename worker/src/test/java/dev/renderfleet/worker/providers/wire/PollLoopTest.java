package dev.renderfleet.worker.providers.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class PollLoopTest {

    private static final ModelAnswer ENDED = failure("ENDED");
    private static final ModelAnswer TIMED_OUT = failure("TASK_TIMEOUT");
    private static final Poll WORKING = new Poll.Working(null);
    private static final Poll UNREACHABLE = new Poll.Unreachable(null);

    private final SettableClock clock = new SettableClock(Instant.EPOCH);
    private final List<Duration> waits = new ArrayList<>();

    private static NotDrawn failure(String reason) {
        return new NotDrawn(FailureKind.UNKNOWN_OUTCOME, reason, null, null, Usage.NONE, null);
    }

    private boolean advance(Duration wait) {
        waits.add(wait);
        clock.advance(wait);
        return true;
    }

    private ModelAnswer await(Poll... polls) {
        Queue<Poll> script = new ArrayDeque<>(List.of(polls));
        return new PollLoop(this::advance, clock, Duration.ofSeconds(1), Duration.ofSeconds(2))
                .await("task", Duration.ofSeconds(60), script::remove, () -> TIMED_OUT);
    }

    @Test
    void pausesGrowToTheirBoundUntilTheTaskEnds() {
        assertThat(await(WORKING, WORKING, WORKING, new Poll.Ended(ENDED))).isEqualTo(ENDED);
        assertThat(waits)
                .containsExactly(
                        Duration.ofSeconds(1), Duration.ofMillis(1_500), Duration.ofSeconds(2), Duration.ofSeconds(2));
    }

    @Test
    void aProviderMayAskForALongerPauseOnce() {
        assertThat(await(new Poll.Working(Duration.ofSeconds(9)), WORKING, new Poll.Ended(ENDED)))
                .isEqualTo(ENDED);
        assertThat(waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(9), Duration.ofSeconds(2));
    }

    @Test
    void aTaskThatTakesTooLongTimesOutAtItsDeadline() {
        assertThat(await(Collections.nCopies(60, WORKING).toArray(Poll[]::new))).isEqualTo(TIMED_OUT);
        assertThat(clock.instant()).isEqualTo(Instant.EPOCH.plusSeconds(60));
    }

    @Test
    void aTaskIsLeftToRunWhereTheProviderCannotBeAsked() {
        Poll[] polls =
                Collections.nCopies(PollLoop.UNREACHABLE_MAX, UNREACHABLE).toArray(Poll[]::new);

        assertThat(await(polls)).isInstanceOf(StillRunning.class);
        assertThat(await(
                        UNREACHABLE,
                        UNREACHABLE,
                        UNREACHABLE,
                        UNREACHABLE,
                        WORKING,
                        UNREACHABLE,
                        new Poll.Ended(ENDED)))
                .isEqualTo(ENDED);
    }

    @Test
    void aDrainOrAnInterruptLeavesTheTaskRunning() {
        var drained = new PollLoop(_ -> false, clock, Duration.ofSeconds(1), Duration.ofSeconds(2));
        var still = new StillRunning("task", Duration.ZERO);

        assertThat(drained.await("task", Duration.ofSeconds(60), () -> WORKING, () -> TIMED_OUT))
                .isEqualTo(still);
        try {
            Thread.currentThread().interrupt();
            assertThat(await()).isEqualTo(still);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
