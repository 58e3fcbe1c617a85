package dev.renderfleet.scheduler.ops;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;

import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.MoneyAudit;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.QueueStore.FlowCount;
import dev.renderfleet.scheduler.why.EtaScore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * All metric names of the scheduler, and the leader's loop that reads the figures. Another scheduler has no figures by model, and 0 or NaN for all
 * others, so that sums over schedulers are right. No tenant is in a label.
 */
public final class SchedulerMetrics implements Duty {

    /** Waiting jobs by {@code model}; up to {@link QueueStore#COUNTED_MAX} of each flow are counted. */
    public static final String WAITING = "renderfleet.scheduler.waiting";
    /** Released jobs without outcome by {@code model}. */
    public static final String FLIGHTS = "renderfleet.scheduler.flights";
    /** How many of them the window admits now, by {@code model}. */
    public static final String WINDOW = "renderfleet.scheduler.window";
    /** Money that is held for released jobs, in millionths of a US dollar. */
    public static final String HELD_USD_MICROS = "renderfleet.scheduler.held.usd.micros";
    /** 1 while this process leads. */
    public static final String LEADER = "renderfleet.scheduler.leader";
    /** Age of the scheduler's own oldest event that is not published. */
    public static final String OUTBOX_OLDEST_SECONDS = "renderfleet.scheduler.outbox.oldest.seconds";
    /** 1 while accounts do not add up. */
    public static final String AUDIT_MISMATCH = "renderfleet.scheduler.audit.mismatch";
    /** Mean error of the estimates that {@code why} gave, by the wait: 0: none; NaN: none was given. */
    public static final String ETA_ERROR_RATIO = "renderfleet.scheduler.eta.error.ratio";

    private static final Duration EVERY = Duration.ofSeconds(10);

    private final QueueStore store;
    private final MultiGauge waiting;
    private final MultiGauge flights;
    private final MultiGauge window;
    private final EtaScore score = new EtaScore();
    private volatile double etaErrorRatio = Double.NaN;
    private volatile QueueStore.Figures figures = QueueStore.Figures.NONE;
    private volatile boolean leads;

    public SchedulerMetrics(MeterRegistry registry, QueueStore store, MoneyAudit audit) {
        this.store = store;
        this.waiting = MultiGauge.builder(WAITING).register(registry);
        this.flights = MultiGauge.builder(FLIGHTS).register(registry);
        this.window = MultiGauge.builder(WINDOW).register(registry);
        gauge(registry, HELD_USD_MICROS, () -> figures.heldUsdMicros());
        gauge(registry, LEADER, () -> leads ? 1 : 0);
        gauge(registry, OUTBOX_OLDEST_SECONDS, () -> figures.outboxOldestSeconds());
        gauge(registry, ETA_ERROR_RATIO, () -> leads ? etaErrorRatio : Double.NaN);
        gauge(registry, AUDIT_MISMATCH, () -> leads && !audit.isBalanced() ? 1 : 0);
    }

    private static void gauge(MeterRegistry registry, String name, Supplier<Number> value) {
        Gauge.builder(name, value).register(registry);
    }

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public Run begin(Term term) {
        leads = true;
        return new Run() {
            @Override
            public void step() {
                refresh();
                term.await(EVERY);
            }

            @Override
            public void close() {
                leads = false;
                figures = QueueStore.Figures.NONE;
                List.of(waiting, flights, window).forEach(gauge -> gauge.register(List.of(), true));
            }
        };
    }

    void refresh() {
        List<FlowCount> flows = store.flows(null);
        waiting.register(rows(byModel(flows, FlowCount::waiting)), true);
        flights.register(rows(byModel(flows, FlowCount::flights)), true);
        Map<String, Long> windows = new HashMap<>();
        store.lines()
                .forEach(
                        (model, line) -> windows.put(model, (long) line.window().flightsMax()));
        window.register(rows(windows), true);
        figures = store.figures();
        store.judgeEstimates().forEach(each -> score.add(each.asked(), each.eta(), each.released()));
        etaErrorRatio = score.errorRatio().orElse(Double.NaN);
    }

    private static Map<String, Long> byModel(List<FlowCount> flows, ToLongFunction<FlowCount> count) {
        return flows.stream().collect(groupingBy(each -> each.flow().model(), summingLong(count)));
    }

    private static List<Row<?>> rows(Map<String, Long> byModel) {
        return byModel.entrySet().stream()
                .<Row<?>>map(each -> Row.of(Tags.of("model", each.getKey()), each.getValue()))
                .toList();
    }
}
