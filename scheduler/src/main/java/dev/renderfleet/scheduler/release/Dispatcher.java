package dev.renderfleet.scheduler.release;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.outcomes.BillReader;
import dev.renderfleet.scheduler.outcomes.OutcomeSettler;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.Database;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.ReadyListener;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.SettleStore;
import dev.renderfleet.scheduler.store.WaitStore;
import dev.renderfleet.scheduler.topics.JobPublisher;
import dev.renderfleet.scheduler.topics.KafkaParts;
import dev.renderfleet.scheduler.topics.TopicReader;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jboss.logging.Logger;

/** The leader's dispatch loop. One thread settles and releases by turns, so what it keeps in memory needs no lock. */
public final class Dispatcher implements Duty {

    private static final Duration IDLE_WAIT = Duration.ofMillis(50);
    /** While no job waits and none is in flight: bills of jobs that came past the scheduler, and jobs that become due, may wait so long. */
    private static final Duration NO_JOBS_WAIT = Duration.ofMillis(500);

    private static final Logger LOG = Logger.getLogger(Dispatcher.class);

    private final Stores stores;
    private final KafkaParts kafka;
    private final JobPricer pricer;
    private final ReleaseRules rules;
    private final Crashpoints crashpoints;
    private final InstantSource clock;

    public Dispatcher(
            Stores stores,
            KafkaParts kafka,
            JobPricer pricer,
            ReleaseRules rules,
            Crashpoints crashpoints,
            InstantSource clock) {
        this.stores = stores;
        this.kafka = kafka;
        this.pricer = pricer;
        this.rules = rules;
        this.crashpoints = crashpoints;
        this.clock = clock;
    }

    /** The stores that the loop uses. */
    public record Stores(
            Database database, ReleaseStore release, SettleStore settle, OffsetStore offsets, WaitStore waits) {}

    @Override
    public String name() {
        return "dispatch";
    }

    @Override
    public Run begin(Term term) {
        return new Dispatch(term);
    }

    private final class Dispatch implements Run {

        private final Deque<AutoCloseable> parts = new ArrayDeque<>();
        private final OutcomeSettler settler;
        private final JobReleaser releaser;
        private final ReadyListener listener;
        private final Term term;

        Dispatch(Term term) {
            this.term = term;
            try {
                // Listens before it reads, so that no arrival is missed.
                listener = opened(new ReadyListener(stores.database()));
                TopicReader events =
                        opened(TopicReader.open(kafka, stores.offsets(), term, Topics.EVENTS, TopicReader.Start.END));
                settler = new OutcomeSettler(
                        stores.settle(), events, new BillReader(clock, pricer::billedBy), term, crashpoints);
                JobPublisher publisher = opened(new JobPublisher(kafka));
                var context = new JobReleaser.Context(term, crashpoints, clock);
                releaser = opened(new JobReleaser(stores.release(), stores.waits(), publisher, pricer, rules, context));
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private <T extends AutoCloseable> T opened(T part) {
            parts.push(part);
            return part;
        }

        @Override
        public void step() {
            OutcomeSettler.Settled settled = settler.step(releaser.sent());
            releaser.settled(settled);
            Map<Long, Long> ready = stores.waits().step(term.epoch(), clock.instant());
            releaser.arrived(ready);
            boolean busy = releaser.step() || settled.committed() || !ready.isEmpty();
            releaser.writeLines();
            Duration wait = releaser.isIdle() ? NO_JOBS_WAIT : IDLE_WAIT;
            releaser.arrived(listener.await(busy ? Duration.ZERO : wait));
        }

        @Override
        public void close() {
            parts.forEach(part -> {
                try {
                    part.close();
                } catch (Exception e) {
                    LOG.debugf("not closed, cause=%s", e.toString());
                }
            });
        }
    }
}
