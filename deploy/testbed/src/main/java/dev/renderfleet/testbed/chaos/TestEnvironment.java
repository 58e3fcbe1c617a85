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
import dev.renderfleet.testbed.system.FleetSystem.RunningSandbox;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A sandbox in two processes: a broker, which can be killed and restarted at the same address with the same data; storage and model
 * simulator.
 */
final class TestEnvironment {

    private static final String BROKER = "broker";

    private static final Duration BROKER_STOPS_WITHIN = Duration.ofSeconds(30);
    private static final int PICTURE_BYTES = 60_000;
    private static final double PERCENT = 100.0;
    private static final double SLOW_SECONDS = 1;

    private final FleetSystem system;
    private final List<String> brokerOptions;
    private final List<ChaosModel> models;
    private volatile RunningSandbox broker;
    private int restarts;

    private TestEnvironment(
            FleetSystem system, List<ChaosModel> models, List<String> brokerOptions, RunningSandbox broker) {
        this.system = system;
        this.models = models;
        this.brokerOptions = brokerOptions;
        this.broker = broker;
    }

    /** Starts both and configures the simulator. Blocks until they are ready. */
    static TestEnvironment start(FleetSystem system, Path data, ChaosPlan plan) {
        List<String> options = List.of(
                "--without",
                "postgres,s3,simulators",
                "--data",
                data.resolve(BROKER).toString());
        var broker = CompletableFuture.supplyAsync(() -> system.startSandbox(BROKER, options));
        system.startSandbox(
                "sandbox",
                List.of(
                        "--without",
                        "postgres,kafka",
                        "--seed",
                        Long.toString(plan.seed()),
                        "--time-scale",
                        Double.toString(plan.timeScale())));
        var environment = new TestEnvironment(system, plan.models(), options, broker.join());
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

    /** Kills the broker, like {@code kill -9}. */
    void killBroker() {
        broker.part().kill();
    }

    /** Stops the broker in an orderly way. */
    void stopBroker() {
        broker.part().stop(BROKER_STOPS_WITHIN);
    }

    /** Restarts the broker. */
    synchronized void startBroker() {
        List<String> options = new ArrayList<>(brokerOptions);
        String address = endpoints().bootstrapServers();
        options.addAll(List.of("--kafka-port", address.substring(address.lastIndexOf(':') + 1)));
        broker = system.startSandbox(BROKER, options);
        restarts++;
    }

    /** Number of restarts of the broker. */
    synchronized int brokerRestarts() {
        return restarts;
    }
}
