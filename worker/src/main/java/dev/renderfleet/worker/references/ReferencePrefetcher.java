package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.worker.references.FetchOutcome.Fetched;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Ended;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Entered;
import dev.renderfleet.worker.references.ReferenceFetcher.Checked;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the references of jobs before these wait for their model. Bounds how many jobs fetch and how many hold files, such that a
 * slow host delays only the jobs that name it, and a held model only its own (ADR 19). Safe for use by many threads.
 */
public final class ReferencePrefetcher {

    /** Downloads from one host at a time, and jobs of the same model and hosts that fetch at a time. */
    static final int FETCHES_PER_HOST_MAX = 16;

    private final ReferenceFetcher fetcher;
    private final LongPredicate room;
    private final AtomicInteger downloads = new AtomicInteger();
    /** Of all fetched files. */
    private final AtomicLong heldBytes = new AtomicLong();

    private volatile boolean closed;
    private final KeyedBulkhead fetching;
    private final KeyedBulkhead hosts;
    private final KeyedBulkhead fetched;

    /**
     * @param fetchedPerModelMax jobs of a model that hold fetched references at a time, at least 1
     * @param room whether the disk has room for so many bytes beside the images of calls
     */
    public ReferencePrefetcher(
            ReferenceFetcher fetcher, int fetchedPerModelMax, LongPredicate room, InstantSource clock) {
        this.fetcher = fetcher;
        this.room = room;
        this.fetching = new KeyedBulkhead(FETCHES_PER_HOST_MAX, clock);
        this.hosts = new KeyedBulkhead(FETCHES_PER_HOST_MAX, clock);
        this.fetched = new KeyedBulkhead(fetchedPerModelMax, clock);
    }

    /** The references of one job. */
    public JobReferences of(ReferenceDemand demand) {
        return new JobReferences(this, demand);
    }

    /** Downloads in progress, each of at most {@link ReferenceLimits#bytesMax}. */
    public int downloads() {
        return downloads.get();
    }

    /** Ends all waits and downloads, now and later, with {@link FetchOutcome.Aborted}. */
    public void close() {
        closed = true;
        List.of(fetching, hosts, fetched).forEach(KeyedBulkhead::close);
        fetcher.cancelDownloads();
    }

    /** Fetches all references or none. A place among the model's fetched jobs is awaited with the files, in the place for fetching. */
    FetchOutcome fetch(ReferenceDemand demand, String model) {
        String hosts = demand.references().stream()
                .map(ReferencePrefetcher::host)
                .distinct()
                .sorted()
                .collect(Collectors.joining(" "));
        return switch (fetching.enter(model + " " + hosts, demand)) {
            case Ended(var reason) -> reason;
            case Entered place -> {
                try (place) {
                    yield fetchAll(demand, model);
                }
            }
        };
    }

    private FetchOutcome fetchAll(ReferenceDemand demand, String model) {
        var files = new ArrayList<FetchedReference>(demand.references().size());
        FetchOutcome outcome = null;
        try {
            outcome = fetchInto(files, demand);
            if (outcome == null) {
                outcome = switch (fetched.enter(model, demand)) {
                    case Ended(var reason) -> reason;
                    case Entered place ->
                        new Fetched(files, () -> {
                            forget(files);
                            place.close();
                        });
                };
            }
            return outcome;
        } finally {
            if (!(outcome instanceof Fetched)) {
                files.forEach(FetchedReference::close);
                forget(files);
            }
        }
    }

    private void forget(List<FetchedReference> files) {
        heldBytes.addAndGet(-bytes(files));
    }

    private static long bytes(List<FetchedReference> files) {
        return files.stream().mapToLong(FetchedReference::bytes).sum();
    }

    /** Null if all references were fetched. */
    private @Nullable FetchOutcome fetchInto(List<FetchedReference> files, ReferenceDemand demand) {
        for (Reference reference : demand.references()) {
            switch (hosts.enter(host(reference), demand)) {
                case Ended(var reason) -> {
                    return reason;
                }
                case Entered place -> {
                    Checked checked;
                    try (place) {
                        checked = download(demand, reference, files);
                    }
                    String field = "references[" + files.size() + "].uri";
                    switch (checked) {
                        case Checked.Valid(var file) -> {
                            files.add(file);
                            heldBytes.addAndGet(file.bytes());
                        }
                        case Checked.Invalid(var code, var message) -> {
                            return new FetchOutcome.Refused(code, field, field + " " + message);
                        }
                        case Checked.Later(var retryAfter, var waitMax, var message) -> {
                            Duration pause = Objects.requireNonNullElse(retryAfter, Duration.ZERO);
                            return closed
                                    ? new FetchOutcome.Aborted()
                                    : new FetchOutcome.Later(pause, waitMax, field, field + " " + message);
                        }
                        case Checked.LocalFault(var reason) -> {
                            return new FetchOutcome.LocalFault(reason);
                        }
                    }
                }
            }
        }
        return null;
    }

    /** References leave as much room as they take, so that they never keep all calls waiting. */
    private Checked download(ReferenceDemand demand, Reference reference, List<FetchedReference> files) {
        try {
            long needed = heldBytes.get() + downloads.incrementAndGet() * fetcher.bytesMax();
            return room.test(needed)
                    ? fetcher.fetch(demand.tenant(), reference, bytes(files))
                    : new Checked.LocalFault("the spool's disk has no room for references");
        } finally {
            downloads.decrementAndGet();
        }
    }

    private static String host(Reference reference) {
        URI uri = reference.uri();
        return (uri.getScheme() + "://" + uri.getRawAuthority()).toLowerCase(Locale.ROOT);
    }
}
