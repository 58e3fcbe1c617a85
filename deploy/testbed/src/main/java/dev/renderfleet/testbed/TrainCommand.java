package dev.renderfleet.testbed;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;

/** {@code ./fleet train}, a step of the build: a training run of sandbox, worker and scheduler that writes AOT caches for quick starts. */
@Command(name = "train", hidden = true, description = "Makes the AOT caches of sandbox, worker and scheduler.")
final class TrainCommand implements Callable<Integer> {

    private static final int JOBS = 8;
    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(100);

    @Override
    public Integer call() throws InterruptedException {
        try (FleetSystem system = FleetSystem.beginTraining(new Paths(Path.of(""), Path.of("target", "training")))) {
            SandboxEndpoints sandbox = system.startSandbox(List.of("--time-scale", "100"));
            Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
            settings.putAll(FleetSystem.simulatedGemini(sandbox));
            RunningProcess worker = system.startWorker("worker", settings);
            RunningProcess scheduler = system.startScheduler("scheduler", FleetSystem.schedulerEnvironment(sandbox));
            system.awaitReady(worker);
            system.awaitReady(scheduler);
            render(SandboxCluster.kafka(sandbox));
            system.finishTraining();
            return 0;
        }
    }

    private static void render(KafkaCluster kafka) throws InterruptedException {
        try (var reader = new EventConsumer(kafka, EventConsumer.From.BEGINNING);
                var publisher = new JobPublisher(kafka, Topics.REQUESTS)) {
            publisher.publish(
                    IntStream.range(0, JOBS).mapToObj(TrainCommand::job).toList());
            Instant giveUp = Instant.now().plus(OUTCOMES_MAX);
            int events = 0;
            while (events < JOBS) {
                if (Instant.now().isAfter(giveUp)) {
                    throw new UserError("Only " + events + " of " + JOBS + " jobs of the training run had an outcome.");
                }
                events += reader.poll(POLL).size();
            }
        }
    }

    private static RenderJob job(int number) {
        return PlainJob.of("training", "job-" + number, "nano-banana", "A red vase, number " + number, OutputSize.K1);
    }
}
