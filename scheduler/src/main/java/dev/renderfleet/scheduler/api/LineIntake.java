package dev.renderfleet.scheduler.api;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.store.Arrival;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.NewJob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stores the jobs of one NDJSON body, {@link #LINES_PER_TRANSACTION} at a time. Blank lines count, and are skipped. For one body. */
final class LineIntake {

    private static final int LINES_PER_TRANSACTION = 500;
    private static final int REFUSALS_LISTED_MAX = 1_000;

    private final JobIntake intake;
    private final IntakeStore store;
    private final JobCodec codec = new JobCodec();
    private final List<NewJob> jobs = new ArrayList<>();
    private final List<Long> lines = new ArrayList<>();
    private final List<RefusedLine> refusals = new ArrayList<>();
    private long accepted;
    private long known;
    private long refused;

    LineIntake(JobIntake intake, IntakeStore store) {
        this.intake = intake;
        this.store = store;
    }

    /**
     * What became of a body.
     *
     * @param refusals the first {@link #REFUSALS_LISTED_MAX} of them
     */
    public record IntakeResult(long accepted, long known, long refused, List<RefusedLine> refusals) {}

    /**
     * A line that was not stored.
     *
     * @param line from 1
     */
    public record RefusedLine(
            long line, String code, @Nullable String field, String message) {}

    IntakeResult read(JobLines body) throws IOException {
        long line = 0;
        for (byte[] bytes = body.next(); bytes != null; bytes = body.next()) {
            line++;
            if (!isBlank(bytes)) {
                take(line, codec.decode(bytes));
            }
            if (jobs.size() == LINES_PER_TRANSACTION) {
                flush();
            }
        }
        flush();
        return new IntakeResult(accepted, known, refused, refusals);
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private void take(long line, DecodedJob decoded) {
        switch (decoded) {
            case DecodedJob.Refused no -> refuse(line, no.code(), no.field(), no.message());
            case DecodedJob.Accepted job -> {
                Route.Unroutable no = intake.refusal(job);
                if (no == null) {
                    jobs.add(intake.prepare(job, null));
                    lines.add(line);
                } else {
                    refuse(line, no.code(), no.field(), no.message());
                }
            }
        }
    }

    private void refuse(long line, FailureCode code, @Nullable String field, String message) {
        refused++;
        if (refusals.size() < REFUSALS_LISTED_MAX) {
            refusals.add(new RefusedLine(line, code.wireName(), field, message));
        }
    }

    private void flush() {
        List<Arrival> arrivals = jobs.isEmpty() ? List.of() : store.accept(jobs);
        for (int i = 0; i < arrivals.size(); i++) {
            switch (arrivals.get(i)) {
                case ACCEPTED -> accepted++;
                case JOINED, ENDED -> known++;
                case CONFLICT ->
                    refuse(lines.get(i), FailureCode.IDEMPOTENCY_CONFLICT, "idempotencyKey", JobIntake.CONFLICT);
            }
        }
        jobs.clear();
        lines.clear();
    }
}
