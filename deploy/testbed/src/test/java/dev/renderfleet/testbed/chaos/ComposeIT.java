package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.cli.Cli;
import dev.renderfleet.cli.audit.AuditCommand;
import dev.renderfleet.testbed.EndedProgram;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * docker-compose.yml as its user starts it, under load, while containers are killed; judged as {@code ./fleet chaos} is.
 *
 * <p>What one cannot see from outside: which images are in the spool of a killed worker, so each of its calls in flight excuses a second one,
 * though its restart may find the first one's image; and how many requests met a dead store or broker, so the test waits until outcomes stop.
 */
@Tag("long")
@Timeout(value = 40, unit = TimeUnit.MINUTES)
@EnabledIfSystemProperty(
        named = "test.parts",
        matches = "containers",
        disabledReason = "-Dtest.parts=containers runs it")
class ComposeIT {

    @Test
    void everyPromiseHoldsWhileWorkersAreScaledAndAWorkerTheStoreAndTheBrokerAreKilled() throws IOException {
        judged("compose", 1, (project, load) -> {
            load.awaitProgress();
            project.scale(4);
            load.awaitOwners(4);
            String worker = project.workers().getFirst();
            load.killWorker(worker);
            load.awaitOwners(3);
            load.awaitProgress();
            killUntilStandstill(project, load, ComposeProject.STORE);
            killUntilStandstill(project, load, ComposeProject.BROKER);
            project.start(worker);
            project.scale(1);
            assertThat(project.workers()).containsExactly(worker);
            load.awaitOwners(1);
            load.awaitProgress();
        });
    }

    /** While it is away, nothing waits: three replicas, of which two must be in sync. */
    @Test
    void everyPromiseHoldsWhileOneOfThreeBrokersIsKilled() throws IOException {
        judged("compose-cluster", 3, (project, load) -> {
            project.scale(2);
            load.awaitOwners(2);
            load.awaitProgress();
            // The one that ties the group together is missed most.
            String broker = project.container(brokerOf(load.coordinator()));
            project.kill(broker);
            load.awaitProgress();
            load.awaitProgress();
            project.start(broker);
            load.awaitProgress();
        });
    }

    private static String brokerOf(int id) {
        return id == 1 ? ComposeProject.BROKER : ComposeProject.BROKER + "-" + id;
    }

    private static void killUntilStandstill(ComposeProject project, ComposeLoad load, String service) {
        project.kill(project.container(service));
        load.awaitStandstill();
        project.start(project.container(service));
        load.awaitProgress();
    }

    private static void judged(String name, int brokers, BiConsumer<ComposeProject, ComposeLoad> disturbances)
            throws IOException {
        ComposeProject project = ComposeProject.up(name, brokers);
        try (project;
                var load = new ComposeLoad(project)) {
            disturbances.accept(project, load);
            Verdict verdict = load.judge();
            String all = verdict + "; " + load.kills() + "; logs in " + project.folder();
            System.out.println(name + ": " + all);
            assertThat(verdict.holds()).as(all).isTrue();
            assertThat(verdict.totals().records()).as(all).isEqualTo(load.records());
            assertThat(verdict.totals().events()).as(all).isEqualTo(load.records());
            assertThat(verdict.totals().completed())
                    .as(all)
                    .isEqualTo(verdict.totals().jobs());
            assertNothingIsFound(project);
        }
        assertThat(project.left()).isEmpty();
    }

    /** By the command line on this machine, and by its image among the containers. */
    private static void assertNothingIsFound(ComposeProject project) throws IOException {
        Path profile = project.folder().resolve("profile.properties");
        Files.write(
                profile,
                FleetSystem.workerEnvironment(project.endpoints()).entrySet().stream()
                        .map(Object::toString)
                        .toList());
        var out = new StringWriter();
        int exit = Cli.commandLine(new AuditCommand())
                .setOut(new PrintWriter(out))
                .execute("--profile", profile.toString());
        assertThat(exit).as(out.toString()).isZero();
        EndedProgram inside = project.cli("audit");
        assertThat(inside.code()).as(inside.printed()).isZero();
        assertThat(inside.printed()).contains(out.toString().lines().findFirst().orElseThrow());
    }
}
