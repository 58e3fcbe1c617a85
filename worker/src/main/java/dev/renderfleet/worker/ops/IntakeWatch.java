package dev.renderfleet.worker.ops;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Checks every few seconds whether this worker can work. While it cannot, other workers get its partitions. Safe for use by many threads. */
final class IntakeWatch {

    private static final Logger LOG = Logger.getLogger(IntakeWatch.class);

    /** Between checks. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private final Supplier<@Nullable String> check;
    private final Consumer<Boolean> suspend;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable String fault;

    /**
     * @param check null, or what is wrong and the remedy
     * @param suspend whether other workers shall have the partitions
     */
    IntakeWatch(Supplier<@Nullable String> check, Consumer<Boolean> suspend) {
        this.check = check;
        this.suspend = suspend;
    }

    /** What is wrong; null if nothing is. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Checks once. */
    void check() {
        lock.lock();
        try {
            checkNow();
        } finally {
            lock.unlock();
        }
    }

    private void checkNow() {
        String found = check.get();
        if (!Objects.equals(found, fault)) {
            if (found != null) {
                LOG.errorf("this worker takes no jobs, nothing is lost, reason=%s", found);
            } else {
                LOG.info("this worker takes jobs again");
            }
        }
        fault = found;
        suspend.accept(found != null);
    }
}
