package dev.renderfleet.worker.limits;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.catalogue.Quota;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Issues permits to call models. A refusal holds the model for all jobs of this worker and, by a signal, of other workers. Models
 * with a quota are limited to this worker's share of it. Safe for use by many threads.
 */
public final class ModelLimiter {

    /** How long a job waits for a provider that refuses its calls, or the account, without billing. */
    public static final Duration REFUSED_WAIT_MAX = Duration.ofHours(24);

    /** Bounds the gates made for holds of other workers. */
    static final int GATES_MAX = 256;

    private final FleetQuotas quotas;
    private final Slots slots;
    private final HoldListener holdListener;
    private final String origin;
    private final InstantSource clock;
    private final RandomGenerator random;

    private final Map<String, ModelGate> gates = new ConcurrentHashMap<>();
    private final Map<String, ProviderAccount> accounts = new ConcurrentHashMap<>();
    /** A gate in creation must not miss a change that applies to all gates. */
    private final ReentrantLock changes = new ReentrantLock();

    private double fraction;
    private boolean shutDown;

    /**
     * Before the first {@link #share} no model with a quota may be called.
     *
     * @param origin names this worker in its holds, unique among running workers
     * @param random safe for use by many threads
     */
    public ModelLimiter(
            FleetQuotas quotas,
            Slots slots,
            HoldListener holdListener,
            String origin,
            InstantSource clock,
            RandomGenerator random) {
        this.quotas = quotas;
        this.slots = slots;
        this.holdListener = holdListener;
        this.origin = origin;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Waits until the model may be called, behind all older jobs for the model, and then for a slot.
     *
     * @param publishedAt of the job's record, which orders the queue: a redelivered job does not wait behind a whole window
     * @param deadline ends the wait, except that a wait for a slot may outlast it without a call; null: none
     * @param heldUntilMax ends the wait if a hold, or a day's quota, forbids calls until later than this
     * @param reassigned whether the job is another worker's now, or canceled; polled at least every 30 s
     */
    public PermitResult acquire(
            QuotaDemand demand,
            Instant publishedAt,
            @Nullable Instant deadline,
            Instant heldUntilMax,
            BooleanSupplier reassigned) {
        return gate(demand).acquire(demand, publishedAt, deadline, heldUntilMax, reassigned);
    }

    /** For one job; its task, if it has one, is not counted yet. */
    public TaskPlace taskPlace() {
        return new TaskPlace(this::gate);
    }

    /** Whether the model, or its provider's account, is held. */
    public boolean isHeld(QuotaDemand demand) {
        ModelGate gate = gates.get(demand.key());
        ProviderAccount account = accounts.get(demand.provider());
        return (gate != null && gate.state().heldUntil() != null)
                || (account != null && account.state(clock.instant()).refusedSince() != null);
    }

    /** The models and providers of which no call is admitted until later than {@code beyond}. */
    public Health health(Instant beyond) {
        Instant now = clock.instant();
        Map<String, Instant> models = new HashMap<>();
        gates.values().forEach(gate -> models.put(gate.model(), gate.heldUntil()));
        models.values().removeIf(until -> !until.isAfter(beyond));
        Map<String, Instant> providers = new HashMap<>();
        accounts.values().forEach(account -> providers.put(account.provider(), account.heldUntil(now)));
        providers.values().removeIf(until -> !until.isAfter(beyond));
        return new Health(models, providers);
    }

    /** Applies a hold that another worker published. Ignores this worker's own holds and never shortens a hold. */
    public void applyRemote(Hold hold) {
        boolean known = gates.containsKey(hold.key());
        if (hold.origin().equals(origin) || (!known && gates.size() >= GATES_MAX)) {
            return;
        }
        gate(new QuotaDemand(hold.provider(), hold.model(), 0, 0)).applyRemote(hold.until(), hold.reason());
    }

    /**
     * Applies a hold that another worker published whose calls of the provider use the same account. Never shortens a hold, except that
     * the next canary is admitted once another worker's call was accepted. Ignores this worker's own signals.
     */
    public void applyRemote(ProviderHold hold) {
        if (!hold.origin().equals(origin) && (accounts.containsKey(hold.provider()) || accounts.size() < GATES_MAX)) {
            account(hold.provider()).applyRemote(hold, clock.instant());
        }
    }

    /**
     * Begins with one call of the provider if the fleet has found its account refused and not accepted since. Called before the first job.
     *
     * @param last signal of this worker's account, published before this worker started
     */
    public void startAfter(ProviderHold last) {
        account(last.provider()).startAfter(last, clock.instant());
    }

    /**
     * Sets this worker's share of each quota: its assigned partitions of {@code render.jobs}, divided by all.
     *
     * @param part 0 to 1; at 0 no model with a quota may be called
     */
    public void share(double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("a share is 0 to 1, not " + part);
        }
        changes.lock();
        try {
            fraction = part;
            accounts.values().forEach(account -> account.share(part));
            gates.values().forEach(gate -> gate.share(part));
        } finally {
            changes.unlock();
        }
    }

    /** Aborts all waits except those for a slot ({@link Slots#close}), now and later. */
    public void shutdown() {
        changes.lock();
        try {
            shutDown = true;
            gates.values().forEach(ModelGate::shutdown);
        } finally {
            changes.unlock();
        }
    }

    /** Snapshots of all models used so far, by provider and model. */
    public List<ModelState> states() {
        return gates.values().stream()
                .map(ModelGate::state)
                .sorted(Comparator.comparing(ModelState::provider).thenComparing(ModelState::model))
                .toList();
    }

    /** Snapshots of the accounts of all providers used so far, by provider. */
    public List<ProviderState> providers() {
        Instant now = clock.instant();
        return accounts.values().stream()
                .map(account -> account.state(now))
                .sorted(Comparator.comparing(ProviderState::provider))
                .toList();
    }

    /** Wakes all waiting jobs but those that wait for a slot, to read the clock again and whether they are to leave. */
    public void recheck() {
        gates.values().forEach(ModelGate::recheck);
    }

    private ModelGate gate(QuotaDemand demand) {
        ModelGate gate = gates.get(demand.key());
        return gate != null ? gate : newGate(demand);
    }

    private ModelGate newGate(QuotaDemand demand) {
        changes.lock();
        try {
            return gates.computeIfAbsent(demand.key(), _ -> {
                Quota quota = quotas.byModel().getOrDefault(demand.model(), Quota.NONE);
                QuotaDay day = quotas.day(demand.provider());
                var share = new QuotaShare(quota, day, fraction, clock.instant());
                var hold = new ModelHold(slots.count(), day, random);
                var gate = new ModelGate(demand.model(), hold, share, account(demand.provider()), slots, clock);
                if (shutDown) {
                    gate.shutdown();
                }
                return gate;
            });
        } finally {
            changes.unlock();
        }
    }

    private ProviderAccount account(String provider) {
        ProviderAccount account = accounts.get(provider);
        return account != null ? account : newAccount(provider);
    }

    private ProviderAccount newAccount(String provider) {
        changes.lock();
        try {
            return accounts.computeIfAbsent(
                    provider,
                    _ -> new ProviderAccount(
                            provider,
                            origin,
                            new ModelHold(slots.count(), quotas.day(provider), random),
                            holdListener,
                            new ConcurrentCalls(quotas.callsByProvider().get(provider), fraction)));
        } finally {
            changes.unlock();
        }
    }
}
