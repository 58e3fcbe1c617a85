package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The workers that run and that no fault thread has taken out. Safe for use by many threads. */
final class Members {

    /** A running worker. */
    record Member(String name, RunningProcess running) {}

    /** By name. */
    private final Map<String, Member> free = new TreeMap<>();

    /** Adds a running worker. */
    synchronized void add(Member member) {
        free.put(member.name(), member);
    }

    /** Takes out a random worker, so that no other thread touches it; null if none runs. */
    synchronized @Nullable Member takeAny(RandomGenerator random) {
        List<Member> alive = atWork();
        if (alive.isEmpty()) {
            return null;
        }
        Member taken = alive.get(random.nextInt(alive.size()));
        free.remove(taken.name());
        return taken;
    }

    /** The workers that run and are not taken out. */
    synchronized List<Member> atWork() {
        return free.values().stream()
                .filter(member -> member.running().part().alive())
                .toList();
    }

    /** Takes out the workers whose process has ended. */
    synchronized List<Member> takeCrashed() {
        List<Member> crashed = free.values().stream()
                .filter(member -> !member.running().part().alive())
                .toList();
        crashed.forEach(member -> free.remove(member.name()));
        return crashed;
    }

    /** Takes out all workers. */
    synchronized List<Member> takeAll() {
        List<Member> all = new ArrayList<>(free.values());
        free.clear();
        return all;
    }
}
