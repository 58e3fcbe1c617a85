package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.cli.scheduler.SchedulerClient;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Iterator;
import java.util.function.IntFunction;

/** Hands jobs over to a scheduler by REST. Used by one thread. */
final class JobFeed implements AutoCloseable {

    private static final int LINES_PER_CHUNK = 64;

    private final SchedulerClient scheduler;
    private final JobCodec codec = new JobCodec();

    JobFeed(RunningProcess scheduler) {
        this.scheduler = new SchedulerClient(URI.create("http://127.0.0.1:" + scheduler.httpPort()));
    }

    /** Hands over one job; returns when the scheduler has accepted it. */
    void submit(RenderJob job) {
        scheduler.submit(SchedulerClient.JSON, BodyPublishers.ofByteArray(codec.encode(job)));
    }

    /** Hands over that many jobs in one streamed body of NDJSON; returns when all are accepted. */
    void submitLines(int count, IntFunction<RenderJob> jobs) {
        JsonNode answer = scheduler
                .submit(SchedulerClient.NDJSON, BodyPublishers.ofByteArrays(() -> new Lines(count, jobs)))
                .json();
        if (answer.path("accepted").asInt() != count) {
            throw new IllegalStateException("of " + count + " jobs were accepted: " + answer);
        }
    }

    /** Whether the scheduler has stored the job. */
    boolean hasStored(RenderJob job) {
        try {
            scheduler.get("/v1/jobs/" + BenchFleet.id(job));
            return true;
        } catch (UserError e) {
            if (e.exitCode() != SchedulerClient.REFUSED) {
                throw e;
            }
            return false;
        }
    }

    /** Chunks of lines, made as they are sent. */
    private final class Lines implements Iterator<byte[]> {

        private final int count;
        private final IntFunction<RenderJob> jobs;
        private int next;

        Lines(int count, IntFunction<RenderJob> jobs) {
            this.count = count;
            this.jobs = jobs;
        }

        @Override
        public boolean hasNext() {
            return next < count;
        }

        @Override
        public byte[] next() {
            var chunk = new ByteArrayOutputStream();
            for (int line = 0; line < LINES_PER_CHUNK && hasNext(); line++) {
                chunk.writeBytes(codec.encode(jobs.apply(next++)));
                chunk.write('\n');
            }
            return chunk.toByteArray();
        }
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
