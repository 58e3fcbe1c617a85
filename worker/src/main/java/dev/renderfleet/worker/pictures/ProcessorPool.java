package dev.renderfleet.worker.pictures;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs decoding and drawing on as many platform threads as there are processors. On a virtual thread they would occupy its carrier, on
 * which all other virtual threads depend for their network traffic. The queue holds at most one task for each caller.
 */
public final class ProcessorPool {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final ThreadPoolExecutor POOL =
            new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), PoolThread::new);

    private ProcessorPool() {}

    /** A daemon, so that it does not keep the process alive. */
    private static final class PoolThread extends Thread {
        PoolThread(Runnable work) {
            super(work, "processor-" + NUMBERS.incrementAndGet());
            setDaemon(true);
        }
    }

    /** Work with a result. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, X extends Exception> {
        T run() throws X;
    }

    /**
     * Runs the work and waits for its result, also when interrupted, since a paid picture may depend on it; the thread stays
     * interrupted. Work that runs further work runs it at once.
     *
     * @throws X as the work does
     */
    public static <T extends @Nullable Object, X extends Exception> T run(Work<T, X> work) throws X {
        if (Thread.currentThread() instanceof PoolThread) {
            return work.run();
        }
        var task = new FutureTask<T>(work::run);
        POOL.execute(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw ProcessorPool.<X>thrown(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Tasks that wait for a thread. */
    static int waiting() {
        return POOL.getQueue().size();
    }

    static int threads() {
        return THREADS;
    }

    /** The work throws nothing but unchecked exceptions and X. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Exception> X thrown(ExecutionException failure) {
        return switch (failure.getCause()) {
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            case null -> throw new IllegalStateException(failure);
            case Throwable declared -> (X) declared;
        };
    }
}
