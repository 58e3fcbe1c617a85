package dev.renderfleet.scheduler.outcomes;

import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.scheduler.failpoint.Crashpoint;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.outcomes.BillReader.BilledEvent;
import dev.renderfleet.scheduler.queue.FlightTiming;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.SettleStore;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import dev.renderfleet.scheduler.topics.OwnEvents;
import dev.renderfleet.scheduler.topics.TopicReader;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Settles the events of a poll in one transaction. For one thread. */
public final class OutcomeSettler {

    /**
     * A fetch of many events fills the socket's buffer several times, and a poll without any wait empties it once: in an idle loop the
     * fetch took as many turns.
     */
    private static final Duration POLL = Duration.ofMillis(2);

    private final SettleStore store;
    private final TopicReader events;
    private final BillReader bills;
    private final Term term;
    private final Crashpoints crashpoints;

    public OutcomeSettler(SettleStore store, TopicReader events, BillReader bills, Term term, Crashpoints crashpoints) {
        this.store = store;
        this.events = events;
        this.bills = bills;
        this.term = term;
        this.crashpoints = crashpoints;
    }

    /**
     * The result of a step.
     *
     * @param committed false: nothing was read, nothing done
     * @param ended jobs whose flights ended, and what their events say of the time
     */
    public record Settled(boolean committed, Map<Long, FlightTiming> ended) {}

    /** Settles what can be read nearly without waiting. */
    public Settled step(List<Sent> sent) {
        TopicReader.Batch batch = events.poll(POLL);
        if (batch.move().to().isEmpty()) {
            return new Settled(false, Map.of());
        }
        crashpoints.at(Crashpoint.SETTLE_BEGUN);
        List<Bill> others = new ArrayList<>();
        IdentityHashMap<Bill, FlightTiming> timings = new IdentityHashMap<>();
        List<String> own = new ArrayList<>();
        for (TopicRecord record : batch.records()) {
            String id = record.headers().get(CloudEvents.ID);
            if (id != null && OwnEvents.SOURCE.equals(record.headers().get(CloudEvents.SOURCE))) {
                own.add(id);
            } else {
                BilledEvent event = bills.read(record);
                if (event != null) {
                    others.add(event.bill());
                    timings.put(event.bill(), event.timing());
                }
            }
        }
        Map<Long, FlightTiming> ended = new HashMap<>();
        store.settle(term.epoch(), batch.move(), others, own, sent)
                .forEach((job, bill) -> ended.put(job, Objects.requireNonNull(timings.get(bill))));
        events.moved(batch.move());
        return new Settled(true, ended);
    }
}
