package dev.renderfleet.scheduler.intake;

import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.failpoint.Crashpoint;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.topics.KafkaParts;
import dev.renderfleet.scheduler.topics.TopicReader;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The leader's intake loop: reads requests and stores them with their offsets, one transaction for each poll. */
public final class RequestReader implements Duty {

    /** A leader that leaves waits for it. */
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaParts kafka;
    private final OffsetStore offsets;
    private final IntakeStore store;
    private final JobIntake intake;
    private final Crashpoints crashpoints;
    private final Refusals refusals;
    private final JobCodec codec = new JobCodec();

    public RequestReader(
            KafkaParts kafka,
            OffsetStore offsets,
            IntakeStore store,
            JobIntake intake,
            Crashpoints crashpoints,
            InstantSource clock) {
        this.kafka = kafka;
        this.offsets = offsets;
        this.store = store;
        this.intake = intake;
        this.crashpoints = crashpoints;
        this.refusals = new Refusals(clock);
    }

    @Override
    public String name() {
        return "intake";
    }

    @Override
    public Run begin(Term term) {
        TopicReader reader = TopicReader.open(kafka, offsets, term, Topics.REQUESTS, TopicReader.Start.EARLIEST);
        return new Run() {
            @Override
            public void step() {
                TopicReader.Batch batch = reader.poll(POLL);
                if (!batch.move().to().isEmpty()) {
                    store(term, batch);
                    reader.moved(batch.move());
                    crashpoints.at(Crashpoint.INTAKE_COMMITTED);
                }
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }

    private void store(Term term, TopicReader.Batch batch) {
        List<NewJob> jobs = new ArrayList<>();
        List<Accepted> accepted = new ArrayList<>();
        List<OutboxRow> refused = new ArrayList<>();
        for (TopicRecord record : batch.records()) {
            switch (codec.decode(record.value(), record.headers())) {
                case DecodedJob.Accepted job -> {
                    jobs.add(intake.prepare(job, CloudEvents.traceparent(record.headers())));
                    accepted.add(new Accepted(record, job));
                }
                case DecodedJob.Refused refusal -> refused.add(refusals.unreadable(record, refusal));
            }
        }
        store.accept(
                term.epoch(),
                batch.move(),
                jobs,
                refused,
                index -> accepted.get(index).refusal(refusals));
    }

    private record Accepted(TopicRecord record, DecodedJob.Accepted job) {
        OutboxRow refusal(Refusals refusals) {
            return refusals.conflict(record, job);
        }
    }
}
