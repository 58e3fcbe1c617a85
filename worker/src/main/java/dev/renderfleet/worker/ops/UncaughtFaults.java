package dev.renderfleet.worker.ops;

import org.jboss.logging.Logger;

/**
 * Logs what ends a thread unexpectedly. Ends the process if that is an error of the JVM, such as out of memory: a thread of a client may be
 * missing. Instead of {@code -XX:+ExitOnOutOfMemoryError}, which leaves neither a log line nor the time to finish calls in flight.
 */
final class UncaughtFaults implements Thread.UncaughtExceptionHandler {

    private static final Logger LOG = Logger.getLogger(UncaughtFaults.class);

    private final Runnable giveUp;

    UncaughtFaults(Runnable giveUp) {
        this.giveUp = giveUp;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable fault) {
        if (fault instanceof VirtualMachineError) {
            LOG.fatalf(fault, "a thread has ended, this worker ends, thread=%s", thread.getName());
            giveUp.run();
        } else {
            LOG.errorf(fault, "a thread has ended, thread=%s", thread.getName());
        }
    }
}
