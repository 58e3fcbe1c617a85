package dev.renderfleet.scheduler.outcomes;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.UnreadableEventException;
import dev.renderfleet.scheduler.queue.FlightTiming;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Reads the outcome and the bill of an event. Safe for use by many threads. */
public final class BillReader {

    private static final Logger LOG = Logger.getLogger(BillReader.class);

    private final EventCodec codec = new EventCodec();
    private final InstantSource clock;
    private final Consumer<String> priceTables;

    /** @param priceTables hears the price table of each new bill */
    public BillReader(InstantSource clock, Consumer<String> priceTables) {
        this.clock = clock;
        this.priceTables = priceTables;
    }

    /** @param timing what the event says of its job's time */
    record BilledEvent(Bill bill, FlightTiming timing) {}

    /** The bill; null for a record that is no event, or one of a record that could not be read as a job, which costs nothing. */
    @Nullable
    BilledEvent read(TopicRecord record) {
        if (record.value() == null) {
            return null;
        }
        RenderEvent event;
        try {
            event = codec.decode(record.value(), record.headers().get(CloudEvents.TYPE));
        } catch (UnreadableEventException e) {
            LOG.warnf("event not readable, skipped, record=%s cause=%s", record.place(), e.getMessage());
            return null;
        }
        String fingerprint = event.job().fingerprint();
        if (fingerprint == null) {
            return null;
        }
        // Of a publisher without CloudEvents: this event is its own.
        String id = record.headers().getOrDefault(CloudEvents.ID, record.place());
        Cost cost = cost(event);
        if (cost.usdMicros() > 0 && !event.replay()) {
            priceTables.accept(cost.priceTable());
        }
        long unknown = attempts(event).stream()
                .filter(attempt -> attempt.outcome().equals(FailureCode.UNKNOWN_OUTCOME.wireName()))
                .mapToLong(Attempt::usdMicros)
                .sum();
        var bill = new Bill(
                id,
                id.substring(id.lastIndexOf(':') + 1),
                event.replay(),
                event.job().jobId(),
                fingerprint,
                event.job().tenant(),
                JobState.ofOutcome(event.outcome()),
                Math.max(0, cost.usdMicros() - unknown),
                unknown,
                time(record),
                record.value());
        return new BilledEvent(bill, timing(event));
    }

    private static FlightTiming timing(RenderEvent event) {
        return event instanceof RenderCompleted completed && !completed.replay()
                ? new FlightTiming(
                        Duration.ofMillis(completed.latency().queued()
                                + completed.latency().waited()),
                        Duration.ofMillis(completed.latency().model()
                                + completed.latency().stored()))
                : FlightTiming.NO_CALL;
    }

    private static List<Attempt> attempts(RenderEvent event) {
        return switch (event) {
            case RenderCompleted completed -> completed.attempts();
            case RenderFailed failed -> failed.attempts();
            case RenderCanceled canceled -> canceled.calls();
            case RenderRejected _ -> List.of();
        };
    }

    private static Cost cost(RenderEvent event) {
        return switch (event) {
            case RenderCompleted completed -> completed.cost();
            case RenderFailed failed -> failed.cost();
            case RenderCanceled canceled -> canceled.cost();
            case RenderRejected _ -> Cost.NONE;
        };
    }

    private Instant time(TopicRecord record) {
        try {
            return Instant.parse(record.headers().getOrDefault(CloudEvents.TIME, ""));
        } catch (DateTimeException _) {
            return clock.instant();
        }
    }
}
