package dev.renderfleet.worker.chaos;

import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Kills the process at a chosen passage of a chosen point, and misbehaves in a chosen way for one job in ten. */
public final class ArmedChaos implements Chaos {

    private static final Logger LOG = Logger.getLogger(ArmedChaos.class);
    private static final int JOBS_PER_MISHAP = 10;

    private final @Nullable Failpoint killAt;
    private final int killAtPassage;
    private final @Nullable PlantedBug bug;
    private final Runnable kill;
    private final AtomicInteger passages = new AtomicInteger();

    /**
     * @param killAtPassage at which time of coming to {@code killAt} the process ends; from 1
     * @param kill ends the process at once, without its shutdown hooks
     */
    public ArmedChaos(@Nullable Failpoint killAt, int killAtPassage, @Nullable PlantedBug bug, Runnable kill) {
        this.killAt = killAt;
        this.killAtPassage = killAtPassage;
        this.bug = bug;
        this.kill = kill;
        LOG.warnf("armed by the fault harness: kill at %s, planted bug %s", killAt, bug);
    }

    @Override
    public void at(Failpoint point) {
        if (point == killAt && passages.incrementAndGet() == killAtPassage) {
            kill.run();
        }
    }

    @Override
    public boolean has(PlantedBug asked, String jobId) {
        return has(asked) && Math.floorMod(jobId.hashCode(), JOBS_PER_MISHAP) == 0;
    }

    @Override
    public boolean has(PlantedBug asked) {
        return asked == bug;
    }
}
