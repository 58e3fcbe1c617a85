package dev.renderfleet.worker.ops;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.ops.StartChecks.Result;
import dev.renderfleet.worker.signals.FleetHistory;
import dev.renderfleet.worker.signals.FleetListener;
import dev.renderfleet.worker.signals.FleetRecords;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ties the fleet to one bucket and to its providers. A worker with another bucket is refused; one that cannot call a provider of the
 * fleet takes no jobs, since it would reject those that others can render. Safe for use by many threads.
 */
final class FleetTie implements FleetListener {

    private static final Logger LOG = Logger.getLogger(FleetTie.class);

    /** Between records of the set-up; shorter than any retention of {@code render.signals}. */
    static final Duration REFRESH = Duration.ofHours(6);

    /** Between reads of a Kafka that does not answer. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final FleetRecords records;
    private final Consumer<ProviderHold> holds;
    private final Consumer<Cancel> cancels;
    private final Member member;
    private final Pause pause;
    private final Runnable giveUp;
    private final ReentrantLock lock = new ReentrantLock();
    /** Signals since the last read; 0 while no thread reads. */
    private final AtomicInteger asked = new AtomicInteger();

    private volatile Runnable changed = () -> {};
    private volatile @Nullable String fault;
    /** False while earlier records are read: the check itself then has the result. */
    private volatile boolean passed;

    /**
     * This worker.
     *
     * @param bucket as {@code endpoint/bucket}
     * @param movedFrom the bucket that the fleet used before; null if it did not move
     * @param providers that this worker can call, without those that need no account
     * @param withdrawn providers that the fleet gives up
     * @param catalogued the settings that give access, by provider of a model in the catalogue, without those that need no account
     * @param origin this process
     */
    record Member(
            String bucket,
            @Nullable String movedFrom,
            Set<String> providers,
            Set<String> withdrawn,
            Map<String, String> catalogued,
            String origin) {}

    /**
     * @param holds gets the last signal of each account of this worker when the check has passed
     * @param cancels gets all that Kafka has then
     * @param pause between reads until one succeeds
     * @param giveUp ends this process, since the fleet has moved to another bucket
     */
    FleetTie(
            FleetRecords records,
            Consumer<ProviderHold> holds,
            Consumer<Cancel> cancels,
            Member member,
            Pause pause,
            Runnable giveUp) {
        this.records = records;
        this.holds = holds;
        this.cancels = cancels;
        this.member = member;
        this.pause = pause;
        this.giveUp = giveUp;
    }

    /** @param listener called when {@link #fault} has changed */
    void onChange(Runnable listener) {
        changed = listener;
    }

    /** Why this worker must not take jobs of this fleet; null if it may. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Checks before the first job, and records this worker's providers. Throws if Kafka does not answer. */
    Result check() {
        FleetHistory history = records.read();
        if (history.setups().isEmpty()) {
            records.write(setup(List.of()));
            // Another worker may have written first.
            history = records.read();
        }
        List<FleetSetup> all = history.setups();
        FleetSetup fleet = FleetRecords.current(all);
        if (fleet == null) {
            return new Result.NotYet("the set-up of this fleet was written to " + Topics.SIGNALS
                    + " and cannot be read there; the log says why its record is invalid");
        }
        if (!fleet.bucket().equals(member.bucket()) && !fleet.bucket().equals(member.movedFrom())) {
            if (hides(all.getLast(), fleet)) {
                records.write(fleet);
            }
            return new Result.Refused(
                    "this fleet uses the bucket " + fleet.bucket() + ", this worker " + member.bucket(),
                    "set renderfleet.s3.endpoint and renderfleet.s3.bucket to that of the fleet, in the same spelling;"
                            + " or, to move the fleet, stop all its workers, copy the bucket and set"
                            + " renderfleet.s3.moved-from="
                            + fleet.bucket());
        }
        String lacking = lacking(fleet);
        if (lacking != null) {
            return new Result.NotYet(lacking);
        }
        records.write(setup(fleet.providers()));
        passed = true;
        // The signal of a set-up that was recorded since the read above was ignored.
        verify(false);
        String meanwhile = fault;
        if (meanwhile != null) {
            return new Result.NotYet(meanwhile);
        }
        LOG.infof("providers set up, own=%s fleet=%s", member.providers(), fleet.providers());
        warnOfUncallable();
        history.holds().forEach(holds);
        history.cancels().forEach(cancels);
        return new Result.Passed();
    }

    /** This worker can call what the fleet can, or else it takes no jobs. */
    private void warnOfUncallable() {
        Set<String> uncallable = new TreeSet<>(member.catalogued().keySet());
        uncallable.removeAll(member.providers());
        for (String provider : uncallable) {
            LOG.warnf(
                    "no worker of the fleet can call this provider, jobs for its models are rejected, provider=%s"
                            + " missing=%s",
                    provider, accessSettings(provider));
        }
    }

    private String accessSettings(String provider) {
        return member.catalogued().getOrDefault(provider, "renderfleet.providers." + provider + ".*");
    }

    /** Records the set-up again, so that a topic that deletes old records keeps it. Blocks until Kafka answers. */
    void refresh() {
        verifyUntilRead(true);
    }

    private FleetSetup setup(List<String> ofFleet) {
        Set<String> providers = new TreeSet<>(ofFleet);
        providers.addAll(member.providers());
        providers.removeAll(member.withdrawn());
        return new FleetSetup(
                member.bucket(),
                member.movedFrom(),
                List.copyOf(providers),
                List.copyOf(new TreeSet<>(member.withdrawn())),
                member.origin());
    }

    private @Nullable String lacking(FleetSetup fleet) {
        Set<String> lacking = new TreeSet<>(fleet.providers());
        lacking.removeAll(member.providers());
        lacking.removeAll(member.withdrawn());
        if (lacking.isEmpty()) {
            return null;
        }
        String first = lacking.iterator().next();
        return "other workers of the fleet call " + lacking
                + ", this worker has no access to it and would reject their jobs;"
                + " set " + accessSettings(first) + "; or, if the fleet gives " + first
                + " up, renderfleet.providers." + first + ".enabled=false on each worker";
    }

    /** Reads all records again where one may concern this worker: records of the past come first. */
    @Override
    public void recorded(FleetSetup setup) {
        boolean concerns = !setup.bucket().equals(member.bucket()) || lacking(setup) != null || fault != null;
        if (passed && concerns && !setup.origin().equals(member.origin()) && asked.getAndIncrement() == 0) {
            Thread.ofVirtual().name("fleet-check").start(this::verifyAsked);
        }
    }

    /** One read answers all that asked before it. */
    private void verifyAsked() {
        int answered;
        do {
            answered = asked.get();
            verifyUntilRead(false);
        } while (!asked.compareAndSet(answered, 0));
    }

    private void verifyUntilRead(boolean recordAgain) {
        boolean read = false;
        while (!read) {
            try {
                verify(recordAgain);
                read = true;
            } catch (RuntimeException e) {
                LOG.warnf("set-up of the fleet not read or not recorded, retrying, cause=%s", e.toString());
                if (!pause.pause(RETRY)) {
                    return;
                }
            }
        }
    }

    /** Reads all records, one thread at a time, so that the latest read decides. Throws if Kafka does not answer. */
    private void verify(boolean recordAgain) {
        lock.lock();
        try {
            List<FleetSetup> all = records.read().setups();
            FleetSetup fleet = Objects.requireNonNullElse(FleetRecords.current(all), setup(List.of()));
            if (!member.bucket().equals(fleet.bucket())) {
                LOG.fatalf("the fleet has moved to another bucket, this worker ends, bucket=%s", fleet.bucket());
                // Takes no jobs meanwhile: the moved fleet would pay them too.
                fault = "the fleet has moved to the bucket " + fleet.bucket();
                giveUp.run();
            } else {
                fault = lacking(fleet);
                if (recordAgain || all.isEmpty() || hides(all.getLast(), fleet)) {
                    records.write(setup(fleet.providers()));
                }
            }
        } finally {
            lock.unlock();
        }
        changed.run();
    }

    /** Compaction keeps the last record only. */
    private static boolean hides(FleetSetup last, FleetSetup fleet) {
        return !last.bucket().equals(fleet.bucket()) || !last.providers().containsAll(fleet.providers());
    }
}
