package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.Settlement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The records of {@code render.jobs} as messages. A message is acknowledged with its {@link JobResult}, {@link DecodedJob.Refused} or
 * {@link Faulted} as metadata, which settles the record; the acknowledging thread blocks until that is done. Messages that are not acknowledged are bounded
 * by a window. Safe for use by many threads.
 */
public final class JobChannel {

    private static final Logger LOG = Logger.getLogger(JobChannel.class);

    /** Raw bytes of all records in the window; most are a kilobyte. */
    public static final long BYTES_MAX = 64L << 20;

    /** Acknowledges a record that could not be decoded because of a fault of the worker: a dead letter, and the job's outcome. */
    public record Faulted(DecodedJob.Refused refused, RenderEvent event) {}

    private final Settlement settlement;
    private final Window window;
    private final Runnable giveUp;
    private volatile @Nullable MultiEmitter<? super Message<IncomingJob>> subscriber;

    /**
     * @param records bound of the window
     * @param bytes bound of the window, of raw records
     * @param giveUp ends the process: called when a record cannot be processed at all, so that it is delivered again
     */
    public JobChannel(Settlement settlement, int records, long bytes, Runnable giveUp) {
        this.settlement = settlement;
        this.window = new Window(records, bytes);
        this.giveUp = giveUp;
    }

    /** The messages, for one subscriber. The window bounds them, so its demand need not: what it has not asked for yet is kept. */
    public Multi<Message<IncomingJob>> messages() {
        return Multi.createFrom().emitter(emitter -> subscriber = emitter, BackPressureStrategy.BUFFER);
    }

    /** Records consumed and not yet acknowledged. */
    public int held() {
        return window.held();
    }

    /** Waits until each message is acknowledged; false if that takes longer than {@code grace}. */
    public boolean awaitEmpty(Duration grace) throws InterruptedException {
        return window.awaitEmpty(grace);
    }

    /** Bounds what {@link #emit} emits. */
    Window window() {
        return window;
    }

    /** Whether messages have a subscriber yet. */
    boolean isSubscribed() {
        return subscriber != null;
    }

    /** Emits a record that has entered the window. */
    void emit(IncomingJob job) {
        Objects.requireNonNull(subscriber)
                .emit(Message.of(job, Metadata.empty(), metadata -> acknowledged(job, metadata), (reason, _) -> {
                    fail("a record could not be processed", reason);
                    return CompletableFuture.completedFuture(null);
                }));
    }

    /** Ends this worker, so that its records are delivered again. */
    void fail(String what, Throwable fault) {
        LOG.fatalf(fault, "%s; this worker ends, others go on", what);
        giveUp.run();
    }

    private CompletionStage<Void> acknowledged(IncomingJob job, Metadata metadata) {
        Delivery delivery = job.delivery();
        for (Object item : metadata) {
            switch (item) {
                case JobResult.Outcome(var event, var record) -> settlement.publish(delivery, event, record);
                case Faulted(var refused, var event) -> settlement.reject(delivery, refused, event);
                case DecodedJob.Refused refused -> settlement.reject(delivery, refused);
                case JobResult.Released _ ->
                    LOG.debugf("released to another worker, record=%s", delivery.coordinates());
                default -> {
                    continue;
                }
            }
            window.release(job.room());
            return CompletableFuture.completedFuture(null);
        }
        throw new IllegalArgumentException("a job is acknowledged with its result as metadata");
    }
}
