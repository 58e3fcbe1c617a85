package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.store.IntakeStore.QueuedJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Rows of jobs that wait. A job moves from pending to ready, never back. */
final class WaitRows {

    private WaitRows() {}

    /** Lets jobs wait for their time and their needs. */
    static void insert(Handle handle, List<QueuedJob> jobs) {
        if (jobs.isEmpty()) {
            return;
        }
        Set<Long> fresh = handle.createQuery("""
                        INSERT INTO pending (job_no, flow_no, not_before, needs_open)
                        SELECT job, flow, CAST(start AS timestamptz), needs
                        FROM unnest(:jobs, :flows, :starts, :needs) AS p (job, flow, start, needs)
                        ON CONFLICT DO NOTHING RETURNING job_no""")
                .bind("jobs", Database.longs(jobs.stream().map(QueuedJob::jobNo)))
                .bind("flows", Database.ints(jobs.stream().map(QueuedJob::flowNo)))
                .bind("starts", Database.texts(jobs.stream().map(WaitRows::start)))
                .bind(
                        "needs",
                        Database.ints(
                                jobs.stream().map(job -> job.terms().needs().size())))
                .mapTo(Long.class)
                .set();
        insertNeeds(
                handle, jobs.stream().filter(job -> fresh.contains(job.jobNo())).toList());
    }

    private static String start(QueuedJob job) {
        Instant notBefore = job.terms().notBefore();
        return notBefore == null ? "-infinity" : notBefore.toString();
    }

    private static void insertNeeds(Handle handle, List<QueuedJob> jobs) {
        List<Long> jobNos = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        List<Boolean> parents = new ArrayList<>();
        List<Boolean> anyways = new ArrayList<>();
        for (QueuedJob job : jobs) {
            job.terms().needs().forEach((id, parent) -> {
                jobNos.add(job.jobNo());
                ids.add(id);
                parents.add(parent);
                anyways.add(job.terms().anyway() && !id.equals(job.terms().parent()));
            });
        }
        if (!ids.isEmpty()) {
            handle.createUpdate("""
                        INSERT INTO need (job_no, needs, parent, anyway)
                        SELECT * FROM unnest(:jobs, :needs, :parents, :anyways)""")
                    .bind("jobs", Database.longs(jobNos))
                    .bind("needs", Database.bytes(ids.stream().map(HexFormat.of()::parseHex)))
                    .bind("parents", Database.array("boolean", parents.toArray()))
                    .bind("anyways", Database.array("boolean", anyways.toArray()))
                    .execute();
        }
    }

    /** Notes the deadlines of jobs, those that may be released at once included. */
    static void insertDeadlines(Handle handle, List<QueuedJob> jobs) {
        List<QueuedJob> bounded =
                jobs.stream().filter(job -> job.terms().deadline() != null).toList();
        if (!bounded.isEmpty()) {
            handle.createUpdate("""
                        INSERT INTO deadline (job_no, at)
                        SELECT job, CAST(due AS timestamptz) FROM unnest(:jobs, :deadlines) AS d (job, due)
                        ON CONFLICT (job_no) DO UPDATE SET at = excluded.at""")
                    .bind("jobs", Database.longs(bounded.stream().map(QueuedJob::jobNo)))
                    .bind(
                            "deadlines",
                            Database.texts(bounded.stream()
                                    .map(job -> String.valueOf(job.terms().deadline()))))
                    .execute();
        }
    }

    /** Takes jobs, whose own rows are locked, out of the queue. Returns those that waited: a released one does not, though a duplicate may. */
    static Set<Long> take(Handle handle, Collection<Long> jobs) {
        Set<Long> taken =
                new HashSet<>(handle.createQuery("DELETE FROM pending WHERE job_no = ANY (:jobs) RETURNING job_no")
                        .bind("jobs", Database.longs(jobs))
                        .mapTo(Long.class)
                        .set());
        // A release takes the same rows, by the same look-ups: one of the two finds them gone.
        taken.addAll(handle.createQuery("""
                        DELETE FROM ready WHERE ctid = ANY (ARRAY (SELECT r.ctid FROM job_body b, LATERAL (
                            SELECT ctid FROM ready WHERE flow_no = b.flow_no AND job_no = b.job_no LIMIT 1) r
                            WHERE b.job_no = ANY (:jobs))) RETURNING job_no""")
                .bind("jobs", Database.longs(jobs))
                .mapTo(Long.class)
                .set());
        taken.removeAll(handle.createQuery("SELECT job_no FROM flight WHERE job_no = ANY (:jobs)")
                .bind("jobs", Database.longs(taken))
                .mapTo(Long.class)
                .set());
        for (String table : List.of("need", "deadline")) {
            handle.createUpdate("DELETE FROM " + table + " WHERE job_no = ANY (:jobs)")
                    .bind("jobs", Database.longs(taken))
                    .execute();
        }
        return taken;
    }
}
