package dev.renderfleet.sandbox.gemini;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the provider would bill: every call that reached the model, also when the client hung up before the answer. The
 * witness of "never pay twice"; calls that were refused with an HTTP error are not in it.
 */
public final class Ledger {
    private static final int ENTRIES_MAX = 10_000;
    private static final int PROMPT_CHARS_SHOWN = 200;

    private final InstantSource clock;
    private final Deque<Open> entries = new ArrayDeque<>();
    private final Map<String, Integer> callsByPrompt = new TreeMap<>();
    private final Map<String, Totals> totalsByModel = new TreeMap<>();
    private Totals totals = Totals.NONE;

    public Ledger(InstantSource clock) {
        this.clock = clock;
    }

    /** Sums since the last reset. */
    public record Totals(int calls, int images, long tokens, long usdMicros) {
        static final Totals NONE = new Totals(0, 0, 0, 0);

        Totals plus(Totals other) {
            return new Totals(
                    calls + other.calls, images + other.images, tokens + other.tokens, usdMicros + other.usdMicros);
        }
    }

    /** One billed call. Status: running until the answer is out, then delivered, clientGone or how the wire was broken. */
    public record Entry(
            String time,
            String model,
            String promptSha256,
            String promptText,
            String outcome,
            String status,
            boolean clientGone,
            long usdMicros) {}

    /** A billed call whose end is not known yet. */
    final class Open {
        private Entry entry;

        private Open(Entry entry) {
            this.entry = entry;
        }

        void delivered() {
            end("delivered", false);
        }

        void clientGone() {
            end("clientGone", true);
        }

        void broken(String how) {
            end(how, false);
        }

        private void end(String status, boolean gone) {
            synchronized (Ledger.this) {
                entry = new Entry(
                        entry.time(),
                        entry.model(),
                        entry.promptSha256(),
                        entry.promptText(),
                        entry.outcome(),
                        status,
                        gone,
                        entry.usdMicros());
            }
        }
    }

    /** Bills a call. From here on it is paid for, whatever becomes of its answer. */
    synchronized Open bill(GenerateCall call, String outcome, int pictures, Usage usage) {
        String model = call.model().id();
        var bill = new Totals(1, pictures, usage.total(), usage.usdMicros(call.model()));
        totals = totals.plus(bill);
        totalsByModel.merge(model, bill, Totals::plus);
        callsByPrompt.merge(call.prompt(), 1, Integer::sum);
        String shown = call.prompt()
                .substring(0, Math.min(PROMPT_CHARS_SHOWN, call.prompt().length()));
        var open = new Open(new Entry(
                clock.instant().toString(),
                model,
                Digests.of(call.prompt()),
                shown,
                outcome,
                "running",
                false,
                bill.usdMicros()));
        if (entries.size() == ENTRIES_MAX) {
            entries.removeFirst();
        }
        entries.addLast(open);
        return open;
    }

    public synchronized Totals totals() {
        return totals;
    }

    public synchronized Map<String, Totals> byModel() {
        return new TreeMap<>(totalsByModel);
    }

    public synchronized Map<String, Integer> byPrompt() {
        return new TreeMap<>(callsByPrompt);
    }

    /** The newest entries, oldest of them first. */
    public synchronized List<Entry> last(int count) {
        var shown = new ArrayList<Entry>();
        var newestFirst = entries.descendingIterator();
        while (newestFirst.hasNext() && shown.size() < count) {
            shown.addFirst(newestFirst.next().entry);
        }
        return shown;
    }

    public synchronized void reset() {
        totals = Totals.NONE;
        totalsByModel.clear();
        callsByPrompt.clear();
        entries.clear();
    }
}
