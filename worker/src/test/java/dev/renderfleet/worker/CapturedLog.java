package dev.renderfleet.worker;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** What one class logs, as {@code LEVEL text}, from its making until it is closed. */
public final class CapturedLog extends Handler implements AutoCloseable {

    private final PatternFormatter format = new PatternFormatter("%p %s");
    private final Logger log;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public CapturedLog(Class<?> of) {
        log = Logger.getLogger(of.getName());
        log.addHandler(this);
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void publish(LogRecord record) {
        lines.add(format.format(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        log.removeHandler(this);
    }
}
