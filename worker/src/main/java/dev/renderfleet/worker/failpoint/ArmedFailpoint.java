package dev.renderfleet.worker.failpoint;

import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/** Kills the process at one failpoint, once that many jobs have passed it. */
public final class ArmedFailpoint implements Failpoints {

    private static final Logger LOG = Logger.getLogger(ArmedFailpoint.class);

    private final Failpoint point;
    private final int hit;
    private final Runnable kill;
    private final AtomicInteger hits = new AtomicInteger();

    /**
     * @param hit at which hit of the point the process ends; from 1
     * @param kill ends the process at once, without its shutdown hooks
     */
    public ArmedFailpoint(Failpoint point, int hit, Runnable kill) {
        this.point = point;
        this.hit = hit;
        this.kill = kill;
        LOG.warnf("this process kills itself at a failpoint, failpoint=%s hit=%d", point, hit);
    }

    @Override
    public void at(Failpoint reached) {
        if (reached == point && hits.incrementAndGet() == hit) {
            kill.run();
        }
    }
}
