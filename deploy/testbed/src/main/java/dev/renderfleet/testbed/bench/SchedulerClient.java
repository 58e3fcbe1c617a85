package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.function.IntFunction;

/** Speaks REST to a scheduler. Used by one thread. */
final class SchedulerClient implements AutoCloseable {

    private static final int LINES_PER_CHUNK = 64;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JobCodec codec = new JobCodec();
    private final String address;

    SchedulerClient(RunningProcess scheduler) {
        this.address = "http://127.0.0.1:" + scheduler.httpPort();
    }

    /** Hands over one job; returns when the scheduler has accepted it. */
    void submit(RenderJob job) {
        HttpResponse<String> answer = post("application/json", BodyPublishers.ofByteArray(codec.encode(job)));
        require(answer, 202);
    }

    /** Hands over that many jobs in one streamed body of NDJSON; returns when all are accepted. */
    void submitLines(int count, IntFunction<RenderJob> jobs) {
        HttpResponse<String> answer =
                post("application/x-ndjson", BodyPublishers.ofByteArrays(() -> new Lines(count, jobs)));
        require(answer, 200);
        try {
            int accepted =
                    new ObjectMapper().readTree(answer.body()).path("accepted").asInt();
            if (accepted != count) {
                throw new IllegalStateException(accepted + " of " + count + " jobs were accepted: " + answer.body());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the scheduler has stored the job. */
    boolean knows(RenderJob job) {
        return get("/v1/jobs/" + BenchFleet.id(job)).statusCode() == 200;
    }

    /** Whether this scheduler is the leader. */
    boolean leads() {
        return get("/q/health/ready").body().contains("\"leads\": true");
    }

    private HttpResponse<String> post(String type, BodyPublisher body) {
        return send(request("/v1/jobs").header("content-type", type).POST(body).build());
    }

    private HttpResponse<String> get(String path) {
        return send(request(path).build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + path));
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void require(HttpResponse<String> answer, int status) {
        if (answer.statusCode() != status) {
            throw new IllegalStateException("the scheduler answered " + answer.statusCode() + ": " + answer.body());
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
        http.shutdownNow();
    }
}
