package dev.renderfleet.sandbox.simulators;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the provider would bill: every call that reached the model, also if the client hung up before the answer. Calls that
 * were refused with an HTTP error are not in it. Tests prove "never pay twice" with it. Safe for use by several threads.
 */
public final class BillingLedger {
    /** Ends the outcome of a call that continued a session. */
    public static final String CONTINUED = ", continued";

    private static final int ENTRIES_MAX = 100_000;
    private static final int PROMPT_CHARS_SHOWN = 200;

    private final InstantSource clock;
    private final Deque<Open> entries = new ArrayDeque<>();
    private final SequencedSet<Open> running = new LinkedHashSet<>();
    private final Map<String, Integer> callsByPrompt = new TreeMap<>();
    private final Map<String, Totals> totalsByModel = new TreeMap<>();
    private Totals totals = Totals.NONE;

    public BillingLedger(InstantSource clock) {
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

    /**
     * One billed call, from {@code time} to {@code ended} (absent as long as it runs). Status: running until the answer is
     * out, then delivered, clientGone or how the wire was broken; a hung call is hung while it still runs.
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(
            String time,
            @Nullable String ended,
            String model,
            String promptSha256,
            String promptText,
            String outcome,
            String status,
            boolean clientGone,
            long usdMicros) {
        Entry with(String how, @Nullable String end, boolean gone) {
            return new Entry(time, end, model, promptSha256, promptText, outcome, how, gone, usdMicros);
        }
    }

    /** The sums, those of each model, and the newest entries, oldest of them first. */
    public record Statement(
            int calls, int images, long tokens, long usdMicros, Map<String, Totals> byModel, List<Entry> entries) {}

    /** The billed calls whose clients still wait, the oldest first, with their whole prompts. */
    public record Running(int count, List<Call> calls) {
        public record Call(String time, String model, String prompt, String promptSha256) {}
    }

    /** A billed call whose end is not known yet. */
    public final class Open {
        private final String prompt;
        private Entry entry;

        private Open(String prompt, Entry entry) {
            this.prompt = prompt;
            this.entry = entry;
        }

        /** There will be no answer; the call runs until the client closes the connection. */
        public void hung() {
            synchronized (BillingLedger.this) {
                entry = entry.with("hung", null, false);
            }
        }

        public void clientGone() {
            end("clientGone", true);
        }

        public void ended(String how) {
            end(how, false);
        }

        private void end(String status, boolean gone) {
            synchronized (BillingLedger.this) {
                running.remove(this);
                entry = entry.with(status, clock.instant().toString(), gone);
            }
        }
    }

    /** Bills a call. It stays billed if its answer fails. */
    public synchronized Open bill(SimulatedCall call, String outcome, int images, long tokens, long usdMicros) {
        var bill = new Totals(1, images, tokens, usdMicros);
        totals = totals.plus(bill);
        totalsByModel.merge(call.model(), bill, Totals::plus);
        callsByPrompt.merge(call.prompt(), 1, Integer::sum);
        String shown = call.prompt()
                .substring(0, Math.min(PROMPT_CHARS_SHOWN, call.prompt().length()));
        var open = new Open(
                call.prompt(),
                new Entry(
                        clock.instant().toString(),
                        null,
                        call.model(),
                        Digests.of(call.prompt()),
                        shown,
                        outcome,
                        "running",
                        false,
                        usdMicros));
        if (entries.size() == ENTRIES_MAX) {
            entries.removeFirst();
        }
        entries.addLast(open);
        running.add(open);
        return open;
    }

    /** The bill with up to this many of the newest entries. */
    public synchronized Statement statement(int count) {
        var shown = new ArrayList<Entry>();
        var newestFirst = entries.descendingIterator();
        while (newestFirst.hasNext() && shown.size() < count) {
            shown.addFirst(newestFirst.next().entry);
        }
        return new Statement(
                totals.calls(),
                totals.images(),
                totals.tokens(),
                totals.usdMicros(),
                new TreeMap<>(totalsByModel),
                shown);
    }

    /** How often each prompt was billed. */
    public synchronized Map<String, Integer> byPrompt() {
        return new TreeMap<>(callsByPrompt);
    }

    public synchronized Running running() {
        var calls = running.stream()
                .map(open ->
                        new Running.Call(open.entry.time(), open.entry.model(), open.prompt, open.entry.promptSha256()))
                .toList();
        return new Running(calls.size(), calls);
    }

    /** Forgets what was billed; calls that run are still known as running. */
    public synchronized void reset() {
        totals = Totals.NONE;
        totalsByModel.clear();
        callsByPrompt.clear();
        entries.clear();
    }
}
