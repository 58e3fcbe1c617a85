package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.job.Pause;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** The dead processes whose spool folder this one has, and what they have left in Kafka: transactions, a place in the group. */
final class Predecessors {

    /**
     * A broker that crashed beside them may have them as members again once it has read its log, and then forget to time them out (ADR 9).
     * Four minutes in all.
     */
    static final List<Duration> LOOK_AGAIN_AFTER = List.of(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(16),
            Duration.ofSeconds(32),
            Duration.ofSeconds(64),
            Duration.ofSeconds(128));

    private final List<String> dead;
    private final Consumer<String> endTransactions;
    private final Consumer<Collection<String>> takeOut;
    private final Pause pause;

    /**
     * @param dead owners that are dead for certain, the last one first
     * @param takeOut of the group, those that are in it
     */
    Predecessors(
            List<String> dead, Consumer<String> endTransactions, Consumer<Collection<String>> takeOut, Pause pause) {
        this.dead = List.copyOf(dead);
        this.endTransactions = endTransactions;
        this.takeOut = takeOut;
        this.pause = pause;
    }

    /** Ends what they have left, and looks after it for some minutes on a thread of its own. */
    void end() {
        if (!dead.isEmpty()) {
            endTransactions.accept(dead.getFirst());
            takeOut.accept(dead);
            Thread.ofVirtual().name("predecessors").start(this::takeOutAgain);
        }
    }

    /** Until the worker leaves, at most. */
    void takeOutAgain() {
        for (Duration wait : LOOK_AGAIN_AFTER) {
            if (!pause.pause(wait)) {
                return;
            }
            takeOut.accept(dead);
        }
    }
}
