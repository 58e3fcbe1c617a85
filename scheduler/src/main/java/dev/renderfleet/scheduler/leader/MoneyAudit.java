package dev.renderfleet.scheduler.leader;

import dev.renderfleet.scheduler.store.MoneyStore;
import java.time.Duration;
import java.util.List;

/** The leader's audit: recomputes all accounts each minute. Nothing is released while they do not add up. */
public final class MoneyAudit implements Duty {

    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int SHOWN_MAX = 3;

    private final MoneyStore store;
    private volatile boolean balanced = true;

    public MoneyAudit(MoneyStore store) {
        this.store = store;
    }

    /** Whether the last audit found that all accounts add up. */
    public boolean isBalanced() {
        return balanced;
    }

    @Override
    public String name() {
        return "audit";
    }

    @Override
    public Run begin(Term term) {
        return new Run() {
            @Override
            public void step() {
                List<String> mismatches = store.audit();
                balanced = mismatches.isEmpty();
                if (!balanced) {
                    throw new IllegalStateException("accounts do not add up, nothing is released: "
                            + String.join(
                                    "; ", mismatches.stream().limit(SHOWN_MAX).toList()));
                }
                term.await(EVERY);
            }

            @Override
            public void close() {}
        };
    }
}
