package dev.renderfleet.cli.cluster;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Publishes jobs to {@code render.jobs}, or another topic, as CloudEvents, keyed by job id. Safe for use by many threads. */
public final class JobPublisher implements AutoCloseable {

    private static final String SOURCE = "renderfleet/fleet";

    private final JobCodec codec = new JobCodec();
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;

    public JobPublisher(KafkaCluster kafka) {
        this(kafka, Topics.JOBS);
    }

    public JobPublisher(KafkaCluster kafka, String topic) {
        this.producer = kafka.producer();
        this.topic = topic;
    }

    /** Publishes jobs and blocks until Kafka has stored them. */
    public void publish(List<RenderJob> jobs) throws InterruptedException {
        List<Future<RecordMetadata>> sent =
                jobs.stream().map(job -> producer.send(record(job))).toList();
        for (Future<RecordMetadata> one : sent) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("Kafka does not take the job: " + e.getCause(), e);
            }
        }
    }

    private ProducerRecord<byte[], byte[]> record(RenderJob job) {
        String id = JobId.of(job.tenant(), job.idempotencyKey()).value();
        var record = new ProducerRecord<>(topic, id.getBytes(StandardCharsets.UTF_8), codec.encode(job));
        CloudEvents.ofJob(job, SOURCE, Instant.now(), null)
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    @Override
    public void close() {
        producer.close();
    }
}
