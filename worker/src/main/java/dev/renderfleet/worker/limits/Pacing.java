package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Says when a model may be called. A refusal holds the model for all jobs of this worker, and for the siblings in other workers;
 * after a hold one canary call goes first. Models with a quota are called at this worker's share of it. Safe for use by many threads.
 */
public final class Pacing {

    /** A hold for a model that nobody here has asked for is kept only while there are fewer gates. */
    static final int GATES_MAX = 256;

    private static final Logger LOG = Logger.getLogger(Pacing.class);

    private final Map<String, Quota> quotas;
    private final SlotPort slots;
    private final Consumer<Hold> siblings;
    private final String origin;
    private final InstantSource clock;
    private final RandomGenerator random;

    private final Map<String, Gate> gates = new ConcurrentHashMap<>();
    /** A gate that is being made must not miss a change for all gates. */
    private final ReentrantLock changes = new ReentrantLock();

    private double fraction;
    private boolean left;

    /**
     * Before the first {@link #share} no model with a quota may be called.
     *
     * @param quotas of the whole fleet by model id; a model without one is not paced
     * @param siblings told of each hold found out here, on the thread that told the refusal; must not block
     * @param origin names this worker in its holds, unique among the workers that run
     * @param random safe for use by many threads
     */
    public Pacing(
            Map<String, Quota> quotas,
            SlotPort slots,
            Consumer<Hold> siblings,
            String origin,
            InstantSource clock,
            RandomGenerator random) {
        this.quotas = Map.copyOf(quotas);
        this.slots = slots;
        this.siblings = siblings;
        this.origin = origin;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Waits until the model may be called, without a slot and behind all who want the same model for longer, and then for a slot.
     *
     * @param since when the job was published
     * @param until gives up at that time; a wait for a slot may outlast it, but is not followed by a call. Null: no bound
     * @param pointless whether nobody needs the call any more; looked at now and then
     */
    public Entry enter(Need need, Instant since, @Nullable Instant until, BooleanSupplier pointless) {
        return gate(need).enter(need, since, until, pointless);
    }

    /** Whether calls of the model wait for the end of a hold, now. */
    public boolean isHeld(Need need) {
        Gate gate = gates.get(need.key());
        return gate != null && gate.state().heldUntil() != null;
    }

    /** Holds the model as another worker asks for. A hold of this worker's own is ignored; a longer one is never shortened. */
    public void heard(Hold hold) {
        boolean known = gates.containsKey(hold.key());
        if (hold.origin().equals(origin) || (!known && gates.size() >= GATES_MAX)) {
            return;
        }
        gate(new Need(hold.provider(), hold.model(), 0, 0)).heard(hold.until(), hold.reason());
    }

    /**
     * From now on this part of each quota is ours: partitions of {@code render.jobs} that are owned, of all.
     *
     * @param part 0 to 1; at 0 no call of a model with a quota may begin
     */
    public void share(double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("a share is 0 to 1, not " + part);
        }
        changes.lock();
        try {
            fraction = part;
            gates.values().forEach(gate -> gate.share(part));
        } finally {
            changes.unlock();
        }
    }

    /** Ends all waits at the gates, now and later. Waits for a slot are ended by who owns the slots. */
    public void leave() {
        changes.lock();
        try {
            left = true;
            gates.values().forEach(Gate::leave);
        } finally {
            changes.unlock();
        }
    }

    /** How all gates stand that have been used, by provider and model. */
    public List<ModelState> states() {
        return gates.values().stream()
                .map(Gate::state)
                .sorted(Comparator.comparing(ModelState::provider).thenComparing(ModelState::model))
                .toList();
    }

    /** Lets everybody who waits look at the clock at once, rather than when they had planned to. */
    void recheck() {
        gates.values().forEach(Gate::recheck);
    }

    private Gate gate(Need need) {
        Gate gate = gates.get(need.key());
        return gate != null ? gate : newGate(need);
    }

    private Gate newGate(Need need) {
        changes.lock();
        try {
            return gates.computeIfAbsent(need.key(), _ -> {
                Quota quota = quotas.getOrDefault(need.model(), Quota.NONE);
                QuotaShare share = new QuotaShare(quota, fraction, clock.instant());
                var hold = new ModelHold(slots.count(), random);
                Gate gate = new Gate(need, origin, hold, share, slots, clock, this::found);
                if (left) {
                    gate.leave();
                }
                return gate;
            });
        } finally {
            changes.unlock();
        }
    }

    private void found(Hold hold) {
        LOG.warnf(
                "%s is held until %s: %s",
                hold.key(), hold.until(), hold.reason().wireName());
        if (hold.reason() == FailureCode.PROVIDER_UNREACHABLE) {
            return; // A worker whose own line is cut must not stop those whose line is not.
        }
        try {
            siblings.accept(hold);
        } catch (RuntimeException e) {
            // Each of them will find out by itself, at the price of a refused call.
            LOG.warnf(e, "the hold of %s could not be told to the siblings", hold.key());
        }
    }
}
