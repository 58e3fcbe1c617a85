package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.CancelStore.CanceledFlight;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The leader's loop that asks workers to make no further call for canceled jobs. It repeats each signal until the job's flight has ended:
 * one that is lost, or that a worker forgot, is late and not missing.
 */
public final class CancelSignals implements Duty {

    private static final Duration REPEAT = Duration.ofSeconds(10);
    private static final Duration VALID = Duration.ofHours(1);
    private static final Duration IDLE_WAIT = Duration.ofMillis(200);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

    private final KafkaParts kafka;
    private final CancelStore store;
    private final String origin;
    private final InstantSource clock;
    private final SignalCodec codec = new SignalCodec();

    /** @param origin this process, unique for each start */
    public CancelSignals(KafkaParts kafka, CancelStore store, String origin, InstantSource clock) {
        this.kafka = kafka;
        this.store = store;
        this.origin = origin;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "cancels";
    }

    @Override
    public Run begin(Term term) {
        Producer<byte[], byte[]> producer = kafka.publisher();
        Map<Long, Instant> sent = new HashMap<>();
        return new Run() {
            @Override
            public void step() {
                Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
                List<CanceledFlight> flights = store.flights();
                sent.keySet()
                        .retainAll(flights.stream().map(CanceledFlight::jobNo).collect(Collectors.toSet()));
                for (CanceledFlight flight : flights) {
                    Instant last = sent.get(flight.jobNo());
                    if (last == null || Duration.between(last, now).abs().compareTo(REPEAT) >= 0) {
                        // A failed one is repeated as any other.
                        var _ = producer.send(record(flight, now));
                        sent.put(flight.jobNo(), now);
                    }
                }
                term.await(IDLE_WAIT);
            }

            @Override
            public void close() {
                producer.close(CLOSE_MAX);
            }
        };
    }

    private ProducerRecord<byte[], byte[]> record(CanceledFlight flight, Instant now) {
        var cancel = new Cancel(
                flight.jobId(),
                Topics.JOBS + "/" + flight.partition() + "/" + flight.offset(),
                now.plus(VALID),
                origin);
        var record = new ProducerRecord<>(Topics.SIGNALS, cancel.key().getBytes(UTF_8), codec.encode(cancel));
        CloudEvents.ofSignal(cancel, OwnEvents.SOURCE, now)
                .forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
        return record;
    }
}
