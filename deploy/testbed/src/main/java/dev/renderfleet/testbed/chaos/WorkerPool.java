package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.process.JavaProcess;
import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Starts and stops workers by the plan. A worker keeps its name and spool folder over restarts. Safe for use by many threads. */
final class WorkerPool {

    private static final Duration STOP_GRACE = Duration.ofSeconds(90);
    private static final int WINDOW_MIN = 500;
    private static final int STARTS_MAX = 20;
    /** Requests a minute, about what the workers do; so jobs wait in the scheduler. */
    private static final int QUOTA = 1_200;

    private final FleetSystem system;
    private final Paths paths;
    private final ChaosPlan plan;
    private final Map<String, String> settings;
    private final Path models;
    private final Path data;
    private final KillLog killLog;

    WorkerPool(FleetSystem system, Paths paths, ChaosPlan plan, Path data, KillLog killLog) {
        this.killLog = killLog;
        this.system = system;
        this.paths = paths;
        this.plan = plan;
        this.data = data;
        this.models = models();
        this.settings = settings(system.endpoints());
    }

    /** Starts a worker and blocks until it is ready. A start that fails, since a fault hits it, is repeated up to 20 times. */
    RunningProcess start(String name, @Nullable FailpointName death, int hit) {
        Map<String, String> all = settings(name);
        if (death != null) {
            all.put("RENDERFLEET_CHAOS_KILL_AT", death.name());
            all.put("RENDERFLEET_CHAOS_KILL_AT_HIT", Integer.toString(hit));
        }
        if (plan.bug() != null) {
            all.put(FleetSystem.PLANTED_BUG, plan.bug().name());
        }
        for (int tries = 1; ; tries++) {
            RunningProcess worker = launch(name, all);
            try {
                system.awaitReady(worker);
                return worker;
            } catch (UserError e) {
                worker.part().kill();
                killLog.startFailed();
                if (tries == STARTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private RunningProcess launch(String name, Map<String, String> all) {
        Peer peer = plan.peer();
        if (peer != null) {
            // Our workers have it from their models file.
            all.put("PEER_MODEL_TIMEOUT", plan.modelTimeout().toString());
            JavaProcess program = JavaProcess.quick(paths.repository().resolve(peer.jar()));
            return system.startApplication(name, all, program.with(List.of("-Xmx512m")));
        }
        return system.startWorker(name, all);
    }

    /**
     * The calls in flight that are lost with a killed worker. For a single worker, calls whose image is in the spool are not lost: only its
     * successor can take the job, and it finds the image.
     */
    Set<InFlightCall> callsLostWith(String worker, Set<InFlightCall> out) {
        return plan.peer() == null && plan.workers() == 1 ? SpooledPictures.without(spool(worker), out) : out;
    }

    /** Stops a worker in an orderly way: it finishes the renders in progress. */
    void stop(RunningProcess worker) {
        system.stop(worker, STOP_GRACE);
    }

    private Map<String, String> settings(String name) {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("RENDERFLEET_WORKER_SPOOL", spool(name).toString());
        return all;
    }

    private Path spool(String worker) {
        return data.resolve("spool-" + worker);
    }

    private Path models() {
        // A scheduler begins with the quota; without one it would learn the models' speed anew after each kill.
        Map<String, Integer> quota = plan.scheduler() == null ? Map.of() : Map.of("requests-per-minute", QUOTA);
        Map<String, Map<String, Integer>> quotas =
                plan.models().stream().collect(Collectors.toMap(ChaosModel::id, _ -> quota));
        return ModelsFile.write(data.resolve("models.yaml"), plan.modelTimeout(), quotas)
                .toAbsolutePath();
    }

    /** The catalogue of all workers. */
    Path catalogue() {
        return models;
    }

    private Map<String, String> settings(SandboxEndpoints endpoints) {
        Map<String, String> all = new TreeMap<>(FleetSystem.workerEnvironment(endpoints));
        if (plan.models().contains(ChaosModel.COMFYUI)) {
            all.putAll(FleetSystem.workflows(paths));
        }
        plan.models().forEach(model -> all.putAll(FleetSystem.simulated(endpoints, model.provider())));
        all.put("RENDERFLEET_WORKER_SLOTS", Integer.toString(plan.slots()));
        all.put("RENDERFLEET_WORKER_WINDOW", Integer.toString(Math.max(WINDOW_MIN, 2 * plan.slots())));
        all.put("RENDERFLEET_MODELS_FILE", models.toString());
        return all;
    }
}
