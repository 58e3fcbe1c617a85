package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.worker.references.FetchOutcome.Aborted;
import dev.renderfleet.worker.references.FetchOutcome.Fetched;
import dev.renderfleet.worker.references.FetchOutcome.Later;
import dev.renderfleet.worker.references.FetchOutcome.Refused;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Ended;
import dev.renderfleet.worker.references.KeyedBulkhead.Entry.Entered;
import dev.renderfleet.worker.references.ReferenceFetcher.Checked;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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

    /**
     * Fetches all references or none. A place among the model's fetched jobs is awaited with the files, in the place for fetching.
     *
     * @param first index of the reference to begin with
     */
    FetchOutcome fetch(ReferenceDemand demand, String model, int first) {
        String hosts = demand.references().stream()
                .map(ReferencePrefetcher::host)
                .distinct()
                .sorted()
                .collect(Collectors.joining(" "));
        return switch (fetching.enter(model + " " + hosts, demand)) {
            case Ended(var reason) -> reason;
            case Entered place -> {
                try (place) {
                    yield fetchAll(demand, model, first);
                }
            }
        };
    }

    private FetchOutcome fetchAll(ReferenceDemand demand, String model, int first) {
        var files = new TreeMap<Integer, FetchedReference>();
        FetchOutcome outcome = null;
        try {
            outcome = fetchInto(files, demand, first);
            if (outcome == null) {
                outcome = switch (fetched.enter(model, demand)) {
                    case Ended(var reason) -> reason;
                    case Entered place ->
                        new Fetched(List.copyOf(files.values()), () -> {
                            releaseBytes(files);
                            place.close();
                        });
                };
            }
            return outcome;
        } finally {
            if (!(outcome instanceof Fetched)) {
                files.values().forEach(FetchedReference::close);
                releaseBytes(files);
            }
        }
    }

    private void releaseBytes(Map<Integer, FetchedReference> files) {
        heldBytes.addAndGet(-bytes(files));
    }

    private static long bytes(Map<Integer, FetchedReference> files) {
        return files.values().stream().mapToLong(FetchedReference::bytes).sum();
    }

    /** Null if all references were fetched. */
    private @Nullable FetchOutcome fetchInto(Map<Integer, FetchedReference> files, ReferenceDemand demand, int first) {
        int count = demand.references().size();
        for (int i = 0; i < count; i++) {
            int index = (first + i) % count;
            FetchOutcome ended = fetchOne(files, demand, index);
            if (ended != null) {
                return ended;
            }
        }
        return null;
    }

    /** Null if the reference was fetched. */
    private @Nullable FetchOutcome fetchOne(Map<Integer, FetchedReference> files, ReferenceDemand demand, int index) {
        Checked checked;
        switch (hosts.enter(host(demand.references().get(index)), demand)) {
            case Ended(var reason) -> {
                return reason;
            }
            case Entered place -> {
                try (place) {
                    checked = download(demand, demand.references().get(index), bytes(files));
                }
            }
        }
        String field = demand.field(index);
        return switch (checked) {
            case Checked.Valid(var file) -> {
                files.put(index, file);
                heldBytes.addAndGet(file.bytes());
                yield null;
            }
            case Checked.Invalid(var code, var message) -> new Refused(code, field, field + " " + message);
            case Checked.Later _ when closed -> new Aborted();
            case Checked.Later(var retryAfter, var waitMax, var message) ->
                new Later(Objects.requireNonNullElse(retryAfter, Duration.ZERO), waitMax, index, field + " " + message);
            case Checked.LocalFault(var reason) -> new FetchOutcome.LocalFault(reason);
        };
    }

    /** References leave as much room as they take, so that they never keep all calls waiting. */
    private Checked download(ReferenceDemand demand, Reference reference, long bytesOfOthers) {
        try {
            long needed = heldBytes.get() + downloads.incrementAndGet() * fetcher.bytesMax();
            return room.test(needed)
                    ? fetcher.fetch(demand.tenant(), reference, bytesOfOthers)
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
