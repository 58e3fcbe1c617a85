package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.providers.Accounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jboss.logging.Logger;

/**
 * The records on {@code render.signals} that outlive the workers: set-ups of the fleet, refusals of accounts, canceled jobs. Makes its
 * clients for each use, since it is used at starts.
 */
public final class FleetLog implements FleetRecords {

    private static final Logger LOG = Logger.getLogger(FleetLog.class);
    private static final String SOURCE = "renderfleet/worker";
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    /** The topic may hold a cancel many times, until it is compacted. */
    private static final int CANCELS_MAX = 100_000;

    private static final Duration POLL_TIMEOUT = Duration.ofMillis(200);
    private static final int FETCH_WAIT_MILLIS = 5;
    private static final byte[] KEY = FleetSetup.KEY.getBytes(StandardCharsets.UTF_8);

    private final Map<String, Object> kafka;
    private final InstantSource clock;
    private final Accounts accounts;
    private final SignalCodec codec = new SignalCodec();

    /**
     * @param kafka settings of all Kafka clients
     * @param accounts whose holds are read
     */
    public FleetLog(Map<String, Object> kafka, InstantSource clock, Accounts accounts) {
        this.kafka = Map.copyOf(kafka);
        this.clock = clock;
        this.accounts = accounts;
    }

    @Override
    public FleetHistory read() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.keySet().removeIf(name -> name.startsWith("group."));
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // The client fetches ahead, and its close waits for the answer: half a second by default.
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MILLIS);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.SIGNALS, ANSWER_MAX).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            return readToTheEnd(consumer, consumer.endOffsets(partitions, ANSWER_MAX));
        }
    }

    private FleetHistory readToTheEnd(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        List<FleetSetup> setups = new ArrayList<>();
        Map<String, ProviderHold> holds = new HashMap<>();
        var cancels = new LinkedHashMap<String, Cancel>();
        Instant latest = clock.instant().plus(ANSWER_MAX);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey(), ANSWER_MAX) < end.getValue())) {
            if (clock.instant().isAfter(latest)) {
                throw new TimeoutException(Topics.SIGNALS + " was not read within " + ANSWER_MAX);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_TIMEOUT)) {
                if (Arrays.equals(KEY, record.key())) {
                    add(setups, record);
                    continue;
                }
                switch (codec.decode(record.value())) {
                    case DecodedSignal.Understood(ProviderHold hold)
                    when accounts.has(hold.provider(), hold.account()) -> holds.put(hold.key(), hold);
                    case DecodedSignal.Understood(Cancel cancel) -> addBounded(cancels, cancel);
                    default -> {}
                }
            }
        }
        return new FleetHistory(setups, List.copyOf(holds.values()), List.copyOf(cancels.values()));
    }

    private static void addBounded(SequencedMap<String, Cancel> cancels, Cancel cancel) {
        cancels.putLast(cancel.jobId(), cancel);
        if (cancels.size() > CANCELS_MAX) {
            cancels.pollFirstEntry();
        }
    }

    private void add(List<FleetSetup> setups, ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            setups.clear();
        } else if (codec.decode(record.value()) instanceof DecodedSignal.Understood(FleetSetup setup)) {
            setups.add(setup);
        } else {
            LOG.warnf("invalid set-up of the fleet skipped, offset=%d", record.offset());
        }
    }

    @Override
    public void write(FleetSetup setup) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) ANSWER_MAX.toMillis());
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) ANSWER_MAX.toMillis());
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER_MAX.toMillis() / 2);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        var record = new ProducerRecord<>(Topics.SIGNALS, KEY, codec.encode(setup));
        CloudEvents.ofSignal(setup, SOURCE, clock.instant())
                .forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var _ = producer.send(record).get();
        } catch (ExecutionException e) {
            throw new KafkaException("the set-up of the fleet is not recorded: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while recording the set-up of the fleet", e);
        }
    }
}
