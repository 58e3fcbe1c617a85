package dev.renderfleet.scheduler.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.CancelStore.Canceled;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.topics.OwnEvents;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Cancels jobs, those that wait with their events. Safe for use by many threads. */
public final class JobCanceler {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final CancelStore store;
    private final InstantSource clock;
    private final EventCodec events = new EventCodec();

    public JobCanceler(CancelStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Cancels the job of that id; empty: there is none. */
    public Optional<Cancellation> cancel(String jobId) {
        return store.cancel(jobId, this::event);
    }

    /** Cancels jobs of the tenant that have these fields; where there are many, another call goes on. */
    public Canceled cancel(String tenant, Map<String, Object> fields) {
        try {
            return store.cancel(tenant, JSON.writeValueAsString(fields), this::event);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not made of JSON values", e);
        }
    }

    private OutboxRow event(byte[] body) {
        var event = new RenderCanceled(
                Refusals.ref(Refusals.stored(body)), false, "canceled by request while it waited", Cost.NONE);
        // No record led to it. A job that is published again and canceled again has another event.
        String cause = "scheduler/cancel/" + UUID.randomUUID();
        Map<String, String> headers = CloudEvents.ofEvent(event, cause, OwnEvents.SOURCE, clock.instant(), null);
        String id = headers.getOrDefault(CloudEvents.ID, cause);
        return new OutboxRow(id, new OwnEvent(event.job().jobId(), headers, events.encode(event)), null);
    }
}
