package dev.renderfleet.worker.ops;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Checks the spool every few seconds. While it cannot take images, other workers get this worker's partitions. */
final class SpoolWatch {

    private static final Logger LOG = Logger.getLogger(SpoolWatch.class);

    /** Between checks. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private final Supplier<@Nullable String> check;
    private final Consumer<Boolean> suspend;
    private volatile @Nullable String fault;

    /**
     * @param check null, or what is wrong and the remedy
     * @param suspend whether other workers shall have the partitions
     */
    SpoolWatch(Supplier<@Nullable String> check, Consumer<Boolean> suspend) {
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
        String found = check.get();
        if (!Objects.equals(found, fault)) {
            if (found != null) {
                LOG.errorf("this worker takes no jobs, nothing is lost: %s", found);
            } else {
                LOG.info("the spool can be written again, this worker takes jobs");
            }
        }
        fault = found;
        suspend.accept(found != null);
    }
}
