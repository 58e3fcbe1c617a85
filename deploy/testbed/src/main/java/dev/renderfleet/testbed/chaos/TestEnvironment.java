package dev.renderfleet.testbed.chaos;

import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.s3.ActiveS3Faults.ActiveFault;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.testbed.audit.BilledCall;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.system.FleetSystem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A sandbox in several processes: a broker, and PostgreSQL for schedulers, which can be killed; storage and model simulator. */
final class TestEnvironment {

    private static final int PICTURE_BYTES = 60_000;
    private static final double PERCENT = 100.0;
    private static final double SLOW_SECONDS = 1;

    private final FleetSystem system;
    private final List<ChaosModel> models;
    private final RestartableSandbox broker;
    private final @Nullable RestartableSandbox database;

    private TestEnvironment(
            FleetSystem system,
            List<ChaosModel> models,
            RestartableSandbox broker,
            @Nullable RestartableSandbox database) {
        this.system = system;
        this.models = models;
        this.broker = broker;
        this.database = database;
    }

    /** Starts them and configures the simulator. Blocks until they are ready. */
    static TestEnvironment start(FleetSystem system, Path data, ChaosPlan plan) {
        var broker = CompletableFuture.supplyAsync(() -> RestartableSandbox.broker(system, data));
        var database = CompletableFuture.supplyAsync(
                () -> plan.scheduler() == null ? null : RestartableSandbox.database(system, data));
        system.startSandbox(
                "sandbox",
                List.of(
                        "--without",
                        "postgres,kafka",
                        "--seed",
                        Long.toString(plan.seed()),
                        "--time-scale",
                        Double.toString(plan.timeScale())));
        var environment = new TestEnvironment(system, plan.models(), broker.join(), database.join());
        environment.simulators().forEach(simulator -> {
            simulator.latency(plan.modelMedianSeconds(), plan.modelP99Seconds());
            simulator.pictureBytes(PICTURE_BYTES);
        });
        return environment;
    }

    SandboxEndpoints endpoints() {
        return system.endpoints();
    }

    /** Of the providers whose models the jobs name. */
    List<SimulatorControl> simulators() {
        return models.stream().map(this::simulator).toList();
    }

    private SimulatorControl simulator(ChaosModel model) {
        return new SimulatorControl(endpoints().simulator(model.provider()).control());
    }

    /** Adds the bills of all providers. */
    void addBills(Evidence evidence) {
        models.forEach(model -> addBill(evidence, model, simulator(model)));
    }

    /** Adds a provider's bill, with the prices of its latest 100,000 calls. */
    static void addBill(Evidence evidence, ChaosModel model, SimulatorControl simulator) {
        simulator.callsByPrompt().forEach((prompt, calls) -> evidence.addBill(RandomJobs.promptIn(prompt), calls));
        simulator
                .ledger(Integer.MAX_VALUE)
                .entries()
                .forEach(call -> evidence.addCall(
                        RandomJobs.promptIn(call.promptText()),
                        new BilledCall(
                                model.id(),
                                Instant.parse(call.time()),
                                call.usdMicros(),
                                call.outcome().endsWith(BillingLedger.CONTINUED))));
    }

    /** Lets that percentage of storage requests fail, all kinds of faults equally often. */
    void injectStoreFaults(int percent) {
        if (percent == 0) {
            return;
        }
        List<Kind> kinds = List.of(
                Kind.SLOW_DOWN, Kind.SKEWED, Kind.ERROR_AFTER, Kind.RESET, Kind.RESET_AFTER, Kind.SLOW, Kind.DRIP);
        for (Kind kind : kinds) {
            new SandboxControl(endpoints().control())
                    .s3Faults(S3Fault.of(kind)
                            .withProbability(percent / PERCENT / kinds.size())
                            .lasting(SLOW_SECONDS));
        }
    }

    /** Ends the storage faults. Returns how many requests met one. */
    int clearStoreFaults() {
        return new SandboxControl(endpoints().control())
                .clearS3Faults().stream().mapToInt(ActiveFault::applied).sum();
    }

    RestartableSandbox broker() {
        return broker;
    }

    /** Null without schedulers. */
    @Nullable
    RestartableSandbox database() {
        return database;
    }
}
