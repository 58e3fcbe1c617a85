package dev.renderfleet.testbed.chaos;

import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.s3.ActiveS3Faults.ActiveFault;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningSandbox;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the fleet stands on: a broker in a process of its own, which can be ended and comes back at the same address with the same
 * data, and the store and the model in another.
 */
final class TestEnvironment {

    private static final String BROKER = "broker";

    private static final Duration BROKER_STOPS_WITHIN = Duration.ofSeconds(30);
    private static final int PICTURE_BYTES = 60_000;
    private static final double PERCENT = 100.0;
    private static final double SLOW_SECONDS = 1;

    private final FleetSystem system;
    private final List<String> brokerOptions;
    private volatile RunningSandbox broker;
    private int restarts;

    private TestEnvironment(FleetSystem system, List<String> brokerOptions, RunningSandbox broker) {
        this.system = system;
        this.brokerOptions = brokerOptions;
        this.broker = broker;
    }

    /** Starts all of it; returns when it is ready and the simulator set as planned. */
    static TestEnvironment start(FleetSystem system, Path data, ChaosPlan plan) {
        List<String> options = List.of(
                "--without",
                "postgres,s3,gemini",
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
        var environment = new TestEnvironment(system, options, broker.join());
        SimulatorControl simulator = environment.simulator();
        simulator.latency(plan.modelMedianSeconds(), plan.modelP99Seconds());
        simulator.pictureBytes(PICTURE_BYTES);
        return environment;
    }

    SandboxEndpoints endpoints() {
        return system.endpoints();
    }

    SimulatorControl simulator() {
        return new SimulatorControl(endpoints().simulator("gemini").control());
    }

    /** From now on so many percent of the requests to the store go wrong, each kind of fault as often as the others. */
    void breakStore(int percent) {
        if (percent == 0) {
            return;
        }
        List<Kind> kinds =
                List.of(Kind.SLOW_DOWN, Kind.ERROR_AFTER, Kind.RESET, Kind.RESET_AFTER, Kind.SLOW, Kind.DRIP);
        for (Kind kind : kinds) {
            new SandboxControl(endpoints().control())
                    .s3Faults(S3Fault.of(kind)
                            .withProbability(percent / PERCENT / kinds.size())
                            .lasting(SLOW_SECONDS));
        }
    }

    /** Nothing more goes wrong with the store. Returns how many requests have met a fault. */
    int mendStore() {
        return new SandboxControl(endpoints().control())
                .clearS3Faults().stream().mapToInt(ActiveFault::applied).sum();
    }

    /** Ends the broker as {@code kill -9} does. */
    void killBroker() {
        broker.part().kill();
    }

    /** Ends the broker as an operator does. */
    void stopBroker() {
        broker.part().stop(BROKER_STOPS_WITHIN);
    }

    /** Starts the broker that was killed or stopped. */
    synchronized void startBroker() {
        List<String> options = new ArrayList<>(brokerOptions);
        String address = endpoints().bootstrapServers();
        options.addAll(List.of("--kafka-port", address.substring(address.lastIndexOf(':') + 1)));
        broker = system.startSandbox(BROKER, options);
        restarts++;
    }

    /** How often the broker went and came back. */
    synchronized int brokerRestarts() {
        return restarts;
    }
}
