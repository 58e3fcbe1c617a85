package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The latest requests with their headers, secrets masked. */
public final class RequestLog {
    private static final int REQUESTS_MAX = 5_000;
    private static final List<String> SECRET = List.of("x-goog-api-key", "authorization", "x-key", "cookie");
    private static final int SHOWN = 4;

    private final Deque<Entry> entries = new ArrayDeque<>();

    private long added;

    /** One request; numbers count from 1 without a gap since the sandbox started, also over what is no longer kept. */
    public record Entry(
            long number, String time, String method, String path, Map<String, String> headers, int bodyBytes) {}

    public synchronized void add(Instant time, HttpRequest request) {
        var headers = new TreeMap<String, String>();
        request.headers().forEach((name, value) -> headers.put(name, shown(name, value)));
        if (entries.size() == REQUESTS_MAX) {
            entries.removeFirst();
        }
        added++;
        entries.addLast(
                new Entry(added, time.toString(), request.method(), request.path(), headers, request.body().length));
    }

    public synchronized List<Entry> last(int count) {
        var shown = new ArrayList<Entry>();
        var newestFirst = entries.descendingIterator();
        while (newestFirst.hasNext() && shown.size() < count) {
            shown.addFirst(newestFirst.next());
        }
        return shown;
    }

    public synchronized void clear() {
        entries.clear();
    }

    private static String shown(String name, String value) {
        if (!SECRET.contains(name.toLowerCase(Locale.ROOT))) {
            return value;
        }
        return value.substring(0, Math.min(SHOWN, value.length() / 2)) + "***";
    }
}
