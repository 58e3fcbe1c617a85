package dev.renderfleet.scheduler.store;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.renderfleet.scheduler.store.StartFailure.Circular;
import dev.renderfleet.scheduler.store.StartFailure.TooMany;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** All that some pending jobs need, directly and through others. For one thread. */
final class NeedGraph {

    /** Jobs that a job may need, directly and through others. */
    static final int NEEDED_MAX = 1_000;

    private static final int EDGES_MAX = 100_000;

    private final Map<String, List<String>> needs;
    private final boolean whole;

    private NeedGraph(List<Map.Entry<String, String>> edges) {
        this.needs = edges.stream().collect(groupingBy(Map.Entry::getKey, mapping(Map.Entry::getValue, toList())));
        this.whole = edges.size() < EDGES_MAX;
    }

    static NeedGraph of(Handle handle, Collection<Long> jobs) {
        return new NeedGraph(handle.createQuery("""
                        WITH RECURSIVE node (id) AS (
                            SELECT job_id FROM job WHERE job_no = ANY (:jobs)
                            UNION SELECT n.needs FROM node JOIN job j ON j.job_id = node.id JOIN need n ON n.job_no = j.job_no)
                        SELECT encode(node.id, 'hex'), encode(n.needs, 'hex')
                        FROM node JOIN job j ON j.job_id = node.id JOIN need n ON n.job_no = j.job_no LIMIT :max""")
                .bind("jobs", Database.longs(jobs))
                .bind("max", EDGES_MAX)
                .map((row, _) -> Map.entry(row.getString(1), row.getString(2)))
                .list());
    }

    /** Whether it was small enough to be read. */
    boolean isWhole() {
        return whole;
    }

    /** Why the job can never start; null: it can. */
    @Nullable
    StartFailure failure(String job) {
        Set<String> all = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(job));
        while (!open.isEmpty() && all.size() <= NEEDED_MAX) {
            needs.getOrDefault(open.remove(), List.of()).stream()
                    .filter(all::add)
                    .forEach(open::add);
        }
        return all.contains(job) ? new Circular() : all.size() > NEEDED_MAX || !whole ? new TooMany(NEEDED_MAX) : null;
    }

    /** Opens the circles of a job that is refused: their other jobs are not circular. */
    void remove(String job) {
        needs.remove(job);
    }
}
