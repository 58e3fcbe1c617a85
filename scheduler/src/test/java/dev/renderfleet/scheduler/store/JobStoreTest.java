package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.JobStore.Page;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenant 1 has jobs 1 to 5, of which 2 has failed and 4 is released; tenant 2 has job 6. */
class JobStoreTest {

    private TestDatabase test;
    private JobStore store;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        store = new JobStore(test.database());
        test.number(
                "WITH made AS (INSERT INTO tenant (name) VALUES ('acme'), ('other') RETURNING 1) SELECT count(*) FROM"
                        + " made");
        insert(1, 1, 5);
        insert(2, 6, 6);
        test.number("UPDATE job SET state = 2 WHERE job_no = 2 RETURNING 1");
        new ReleaseStore(test.database(), Caps.NONE)
                .release(test.lead(), List.of(new Candidate(4, 1, 1, 0, new Demand(70, 70))), List.of(), Instant.EPOCH);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void pagesLeadThroughAllJobsOfTheTenantOnceTheLatestFirst() {
        assertThat(pages("acme", null, 2)).containsExactly(List.of(5L, 4L), List.of(3L, 2L), List.of(1L));
        assertThat(pages("other", null, 2)).containsExactly(List.of(6L));
        assertThat(pages("nobody", null, 2)).containsExactly(List.of());
    }

    @Test
    void aPageMayBeOfOneState() {
        assertThat(pages("acme", "queued", 10)).containsExactly(List.of(5L, 3L, 1L));
        assertThat(pages("acme", "released", 10)).containsExactly(List.of(4L));
        assertThat(pages("acme", "failed", 10)).containsExactly(List.of(2L));
        assertThat(store.page("acme", "released", OptionalLong.empty(), 1)
                        .jobs()
                        .getFirst()
                        .view()
                        .reserved())
                .isEqualTo(70);

        test.number("INSERT INTO cancellation (job_no) VALUES (4) RETURNING 1");
        assertThat(pages("acme", "canceling", 10)).containsExactly(List.of(4L));
        assertThat(pages("acme", "released", 10)).containsExactly(List.of());
    }

    /** Ten thousand queued jobs lie before the failed one: the page is empty, and goes on. */
    @Test
    void aPageOfARareStateLooksAtABoundedNumberOfJobs() {
        insert(1, 7, 6 + JobStore.SCANNED_MAX);

        assertThat(pages("acme", "failed", 10)).containsExactly(List.of(), List.of(2L));
    }

    private List<List<Long>> pages(String tenant, @Nullable String state, int max) {
        List<List<Long>> pages = new ArrayList<>();
        OptionalLong before = OptionalLong.empty();
        do {
            Page page = store.page(tenant, state, before, max);
            pages.add(page.jobs().stream()
                    .map(job -> Long.parseLong(job.jobId(), 16))
                    .toList());
            before = page.next();
        } while (before.isPresent());
        return pages;
    }

    /** Each job's id is its number. */
    private void insert(int tenant, int first, int last) {
        test.number("""
            WITH made AS (INSERT INTO job (job_id, fingerprint, tenant_no, state)
                SELECT decode(lpad(to_hex(i), 40, '0'), 'hex'), '\\x00', %d, 0 FROM generate_series(%d, %d) AS i
                RETURNING job_no),
            ready AS (INSERT INTO ready (flow_no, job_no) SELECT 1, job_no FROM made RETURNING 1)
            SELECT count(*) FROM ready\
            """.formatted(tenant, first, last));
    }
}
