package dev.renderfleet.sandbox.s3;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The S3 faults in force, and how often each was applied. A request meets the first of them that concerns it and that
 * chance picks. Chance depends on the seed, the request line and how often it has come, not on the order of different
 * requests. Safe for use by several threads.
 */
public final class ActiveS3Faults {
    /** Request lines are counted by hash; two that share a slot only change each other's luck. */
    private static final int COUNTING_SLOTS = 64 * 1024;

    private static final long MIX = 0x9e3779b97f4a7c15L;

    private final long seed;
    private final List<ActiveFault> active = new ArrayList<>();
    private final int[] requestsSeen = new int[COUNTING_SLOTS];
    private volatile boolean calm = true;
    private int nextId = 1;

    public ActiveS3Faults(long seed) {
        this.seed = seed;
    }

    /** A fault in force: how many requests it still waits for (-1 = all), and how many it has met. */
    public record ActiveFault(int id, S3Fault fault, int remaining, int applied) {
        private ActiveFault met() {
            return new ActiveFault(id, fault, remaining < 0 ? -1 : remaining - 1, applied + 1);
        }
    }

    /** Puts a fault into force, after those that are there, and returns its number. */
    public synchronized int add(S3Fault fault) {
        active.add(new ActiveFault(nextId, fault, fault.count() == null ? -1 : fault.count(), 0));
        calm = false;
        return nextId++;
    }

    public synchronized List<ActiveFault> active() {
        return List.copyOf(active);
    }

    /** Ends all faults and returns them as they were. */
    public synchronized List<ActiveFault> clear() {
        var last = List.copyOf(active);
        active.clear();
        calm = true;
        return last;
    }

    /** The fault that this request meets; it counts as applied. */
    Optional<S3Fault> meet(String method, String path) {
        if (calm) {
            return Optional.empty();
        }
        synchronized (this) {
            int line = 31 * method.hashCode() + path.hashCode();
            int nth = ++requestsSeen[Math.floorMod(line, COUNTING_SLOTS)];
            for (int at = 0; at < active.size(); at++) {
                ActiveFault one = active.get(at);
                if (one.remaining() != 0
                        && one.fault().concerns(method, path)
                        && chance(one.id(), nth, line) < one.fault().chance()) {
                    active.set(at, one.met());
                    return Optional.of(one.fault());
                }
            }
            return Optional.empty();
        }
    }

    /** Whether the store is down, for a connection that has just come; if so it counts as applied. */
    boolean refusesConnection() {
        if (calm) {
            return false;
        }
        synchronized (this) {
            for (int at = 0; at < active.size(); at++) {
                ActiveFault one = active.get(at);
                if (one.fault().equals(S3Fault.of(S3Fault.Kind.DOWN))) {
                    active.set(at, one.met());
                    return true;
                }
            }
            return false;
        }
    }

    private double chance(int id, int nth, int line) {
        return new SplittableRandom(((seed * MIX + id) * MIX + nth) * MIX + line).nextDouble();
    }
}
