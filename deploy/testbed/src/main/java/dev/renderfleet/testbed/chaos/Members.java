package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Who is at work and whom nobody is dealing with at the moment. Safe for use by many threads. */
final class Members {

    /** A worker that runs. */
    record Member(String name, RunningProcess running) {}

    /** In the order of their names. */
    private final Map<String, Member> free = new TreeMap<>();

    /** The worker is at work. */
    synchronized void add(Member member) {
        free.put(member.name(), member);
    }

    /** Takes any worker out, for the caller to deal with alone; null if none is at work. */
    synchronized @Nullable Member takeAny(RandomGenerator random) {
        List<Member> alive = atWork();
        if (alive.isEmpty()) {
            return null;
        }
        Member taken = alive.get(random.nextInt(alive.size()));
        free.remove(taken.name());
        return taken;
    }

    /** Who is at work and left alone. */
    synchronized List<Member> atWork() {
        return free.values().stream()
                .filter(member -> member.running().part().alive())
                .toList();
    }

    /** Takes out those that have died by themselves. */
    synchronized List<Member> takeDead() {
        List<Member> dead = free.values().stream()
                .filter(member -> !member.running().part().alive())
                .toList();
        dead.forEach(member -> free.remove(member.name()));
        return dead;
    }

    /** Takes out all. */
    synchronized List<Member> takeAll() {
        List<Member> all = new ArrayList<>(free.values());
        free.clear();
        return all;
    }
}
