package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/** Publishes jobs to workers. For one thread. */
public final class JobPublisher implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(JobPublisher.class);

    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

    private final Producer<byte[], byte[]> producer;
    private final int partitions;

    /** Throws if Kafka does not answer. */
    public JobPublisher(KafkaParts kafka) {
        this.producer = kafka.publisher();
        try {
            this.partitions = producer.partitionsFor(Topics.JOBS).size();
        } catch (RuntimeException e) {
            producer.close();
            throw e;
        }
    }

    /** A job's record. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Outgoing(long jobNo, String jobId, int partition, Map<String, String> headers, byte[] value) {}

    /** How many partitions jobs may be published to. */
    public int partitions() {
        return partitions;
    }

    /**
     * Publishes the records and waits for Kafka, some seconds at most.
     *
     * @return the offsets by job of those that Kafka has stored; each other one may be stored or not
     */
    public Map<Long, Long> publish(List<Outgoing> jobs) {
        Map<Long, Future<RecordMetadata>> sent = new LinkedHashMap<>();
        List<String> faults = new ArrayList<>();
        for (Outgoing job : jobs) {
            var record = new ProducerRecord<>(
                    Topics.JOBS, job.partition(), job.jobId().getBytes(UTF_8), job.value());
            job.headers().forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
            try {
                sent.put(job.jobNo(), producer.send(record));
            } catch (KafkaException e) {
                faults.add(e.toString());
                break;
            }
        }
        producer.flush();
        Map<Long, Long> offsets = new LinkedHashMap<>();
        sent.forEach((job, future) -> {
            try {
                offsets.put(job, future.get().offset());
            } catch (ExecutionException e) {
                faults.add(String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        if (!faults.isEmpty()) {
            LOG.warnf(
                    "jobs not published, they are sent again, count=%d cause=%s",
                    jobs.size() - offsets.size(), faults.getFirst());
        }
        return offsets;
    }

    @Override
    public void close() {
        producer.close(CLOSE_MAX);
    }
}
