package dev.renderfleet.cli.audit;

import dev.renderfleet.cli.audit.AuditFindings.Finding;
import dev.renderfleet.cli.audit.AuditFindings.Kind;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.Bucket.Listed;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.contracts.wire.UnreadableEventException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the ledger and the images in the bucket with the events in Kafka. Reads only. Leaves out objects younger than a minute, since their
 * event may follow, and objects older than the oldest event that Kafka still has.
 */
public final class Reconciler {

    private static final Duration ON_ITS_WAY = Duration.ofMinutes(1);
    private static final String ASSETS = "assets/";
    private static final int JOB_PART = 2;

    private final TopicReader kafka;
    private final Bucket bucket;
    private final Duration claimedMax;
    private final Instant now;
    private final EventCodec events = new EventCodec();

    private final Map<String, Image> imagesOfEvents = new HashMap<>();
    private final Map<String, Long> objects = new HashMap<>();
    private final Set<String> jobsWithEvent = new HashSet<>();
    private final Map<String, LedgerView> ledger = new HashMap<>();
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param claimedMax longest age of a claim without progress
     */
    public Reconciler(TopicReader kafka, Bucket bucket, Duration claimedMax, Instant now) {
        this.kafka = kafka;
        this.bucket = bucket;
        this.claimedMax = claimedMax;
        this.now = now;
    }

    /** Audits once. Reads the bucket before Kafka: a terminal job has its event by the time that Kafka is read. */
    public AuditFindings look() {
        List<Listed> entries = new ArrayList<>();
        List<Listed> pictures = new ArrayList<>();
        bucket.list(LedgerView.PREFIX, entries::add);
        List<LedgerView> looks = ParallelReads.ask(entries, this::read);
        bucket.list(ASSETS, pictures::add);
        Instant since = kafka.readAll(Topics.EVENTS, record -> addEvent(record.value()));
        for (int i = 0; i < entries.size(); i++) {
            judge(entries.get(i), looks.get(i), since);
        }
        pictures.forEach(picture -> objects.put(picture.key(), picture.bytes()));
        imagesOfEvents.values().forEach(this::judgeImage);
        pictures.forEach(picture -> judgeObject(picture, since));
        return new AuditFindings(entries.size(), jobsWithEvent.size(), pictures.size(), findings);
    }

    private LedgerView read(Listed entry) {
        return bucket.find(entry.key()).map(LedgerView::read).orElseGet(() -> new LedgerView.Unreadable("deleted"));
    }

    private void addEvent(byte[] value) {
        RenderEvent event;
        try {
            event = events.decode(value);
        } catch (UnreadableEventException e) {
            found(Kind.UNREADABLE, "?", "an event cannot be read: " + e.getMessage(), 0);
            return;
        }
        jobsWithEvent.add(event.job().jobId());
        if (event instanceof RenderCompleted completed) {
            completed.images().stream()
                    .filter(image -> image.bucket().equals(bucket.name()))
                    .forEach(image -> imagesOfEvents.put(image.key(), image));
        }
    }

    private void judge(Listed entry, LedgerView look, @Nullable Instant since) {
        String job = LedgerView.jobOf(entry.key());
        ledger.put(job, look);
        Duration age = Duration.between(entry.lastModified(), now);
        switch (look) {
            case LedgerView.Claimed claim -> {
                if (age.compareTo(claimedMax) > 0) {
                    found(
                            Kind.CLAIMED_TOO_LONG,
                            job,
                            "by " + claim.owner() + " for " + age.toMinutes() + " minutes",
                            claim.pendingUsdMicros());
                }
                unknowns(job, claim.unknowns());
            }
            case LedgerView.Parked waiting -> unknowns(job, waiting.unknowns());
            case LedgerView.Terminal ended -> {
                if (!jobsWithEvent.contains(job) && judgeable(entry, since)) {
                    found(Kind.UNANNOUNCED, job, ended.rendered() ? "rendered" : "failed", 0);
                }
                if (!ended.rendered()) {
                    unknowns(job, ended.unknowns());
                }
            }
            case LedgerView.Unreadable unreadable ->
                found(Kind.UNREADABLE, job, "its ledger entry: " + unreadable.why(), 0);
        }
    }

    /** Calls that may have been paid for nothing. The event of a completed job lists its own. */
    private void unknowns(String job, List<LedgerView.UnknownCall> unknowns) {
        for (LedgerView.UnknownCall unknown : unknowns) {
            found(Kind.UNKNOWN_OUTCOME, job, "a call of " + unknown.model(), unknown.usdMicros());
        }
    }

    private void judgeImage(Image image) {
        Long bytes = objects.get(image.key());
        if (bytes == null || bytes != image.bytes()) {
            found(
                    Kind.NO_PICTURE,
                    image.key().split("/", -1)[JOB_PART],
                    image.key() + (bytes == null ? " is not there" : " has " + bytes + " bytes, not " + image.bytes()),
                    0);
        }
    }

    private void judgeObject(Listed picture, @Nullable Instant since) {
        String[] parts = picture.key().split("/", -1);
        if (imagesOfEvents.containsKey(picture.key()) || parts.length <= JOB_PART || !judgeable(picture, since)) {
            return;
        }
        boolean claimed = ledger.get(parts[JOB_PART]) instanceof LedgerView.Claimed;
        boolean terminal = ledger.get(parts[JOB_PART]) instanceof LedgerView.Terminal;
        // A terminal job without event is found by its ledger entry.
        if (!claimed && !terminal) {
            found(Kind.STORED_WITHOUT_EVENT, parts[JOB_PART], picture.key(), 0);
        }
    }

    private boolean judgeable(Listed object, @Nullable Instant since) {
        return object.lastModified().isBefore(now.minus(ON_ITS_WAY))
                && (since == null || object.lastModified().isAfter(since));
    }

    private void found(Kind kind, String job, String what, long usdMicros) {
        findings.add(new Finding(kind, job, what, usdMicros));
    }
}
