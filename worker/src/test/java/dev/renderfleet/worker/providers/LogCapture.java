package dev.renderfleet.worker.providers;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** Keeps every log line of the process between start and stop, stack traces included. */
final class LogCapture extends Handler {
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OWN = Logger.getLogger("dev.renderfleet");
    /** With the values of a line: the JDK's formatter would leave its placeholders. */
    private static final PatternFormatter FORMAT = new PatternFormatter("%p %s%e");

    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

    void start() {
        lines.clear();
        setLevel(Level.ALL);
        OWN.setLevel(Level.ALL);
        ROOT.addHandler(this);
    }

    /** Returns all lines. */
    String stop() {
        ROOT.removeHandler(this);
        OWN.setLevel(null);
        return String.join("\n", lines);
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(FORMAT.format(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
