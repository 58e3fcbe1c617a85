package dev.renderfleet.testbed;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** The rules that keep the command's shape. When one fails, the design is meant to change, or the code is in the wrong place. */
@AnalyzeClasses(
        packages = "dev.renderfleet.testbed",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoPlantedWorker.class})
class ArchitectureTest {

    /** The worker with planted bugs is a module of its own. */
    static final class NoPlantedWorker implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/planted/");
        }
    }

    private static final String BASE = "dev.renderfleet.testbed.";

    @ArchTest
    static final ArchRule onlyJobsUsesKafkaAndMinio = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "jobs..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.minio..");

    /** But for the benchmark's yardstick, which is no part of a fleet and is not to be found and ended as one. */
    @ArchTest
    static final ArchRule onlySystemStartsProcesses = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "system..")
            .and()
            .doNotHaveFullyQualifiedName(BASE + "bench.ThroughputScenario")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName(ProcessBuilder.class.getName())
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName(Process.class.getName())
            .orShould()
            .callMethod(Runtime.class, "exec", String[].class);

    @ArchTest
    static final ArchRule workerAndSchedulerAreProcessesNotLibraries = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.renderfleet.worker..", "dev.renderfleet.scheduler..");

    @ArchTest
    static final ArchRule systemAndJobsDoNotKnowTheCommands = noClasses()
            .that()
            .resideInAnyPackage(BASE + "system..", BASE + "jobs..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.renderfleet.testbed", BASE + "demo..", "picocli..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.renderfleet.testbed.(**)").should().beFreeOfCycles();

    /** But for the benchmark's yardstick, a process whose standard output is its interface. */
    @ArchTest
    static final ArchRule noStandardStreams = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(BASE + "bench.BareMinimum")
            .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes()
            .should(new ArchCondition<JavaClass>("live in a package that is @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                    events.add(new SimpleConditionEvent(
                            type, marked, type.getName() + " is in a package without @NullMarked"));
                }
            });
}
