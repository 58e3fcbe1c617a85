package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is done about dead processes, and for how long. */
class PredecessorsTest {

    private static final List<String> DEAD = List.of("worker-1/second", "worker-1/first");

    private final List<String> done = new ArrayList<>();

    @Test
    void theLastOnesTransactionIsEndedAndAllAreTakenOut() {
        predecessors(DEAD, 0).end();

        assertThat(done).containsExactly("end worker-1/second", "take out [worker-1/second, worker-1/first]");
    }

    @Test
    void nothingIsDoneInANewFolder() {
        predecessors(List.of(), 0).end();

        assertThat(done).isEmpty();
    }

    @Test
    void theyAreTakenOutAgainForSomeMinutes() {
        predecessors(DEAD, Integer.MAX_VALUE).takeOutAgain();

        assertThat(done)
                .hasSize(Predecessors.LOOK_AGAIN_AFTER.size())
                .containsOnly("take out [worker-1/second, worker-1/first]");
        assertThat(Predecessors.LOOK_AGAIN_AFTER.stream().reduce(Duration.ZERO, Duration::plus))
                .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
    }

    @Test
    void aWorkerThatLeavesStopsLooking() {
        predecessors(DEAD, 2).takeOutAgain();

        assertThat(done).hasSize(2);
    }

    private Predecessors predecessors(List<String> dead, int pauses) {
        List<Duration> paused = new ArrayList<>();
        return new Predecessors(
                dead, owner -> done.add("end " + owner), owners -> done.add("take out " + owners), wait -> {
                    paused.add(wait);
                    return paused.size() <= pauses;
                });
    }
}
