package dev.renderfleet.worker;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.NullMarked;

/** The rules that keep the worker's shape. When one fails, the design is meant to change, or the code is in the wrong place. */
@AnalyzeClasses(packages = "dev.renderfleet.worker", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String BASE = "dev.renderfleet.worker.";

    @ArchTest
    static final ArchRule theCoreKnowsPortsOnly = noClasses()
            .that()
            .resideInAnyPackage(BASE + "job..", BASE + "inputs..", BASE + "ledger..", BASE + "providers")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.quarkus..",
                    "io.smallrye..",
                    "jakarta..",
                    "org.apache.kafka..",
                    "io.minio..",
                    "okhttp3..",
                    "com.google.genai..",
                    BASE + "providers.*..",
                    BASE + "intake..",
                    BASE + "settle..",
                    BASE + "signals..",
                    BASE + "ops..");

    @ArchTest
    static final ArchRule limitsDependOnQuotasSignalsAndFailureKindsOnly = classes()
            .that()
            .resideInAPackage(BASE + "limits..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    BASE + "limits..",
                    BASE + "providers",
                    "dev.renderfleet.catalogue..",
                    "dev.renderfleet.contracts.signal..",
                    "dev.renderfleet.contracts.event..",
                    "java..",
                    "org.jboss.logging..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule googleGenaiIsUsedInOnePackage =
            onlyIn(BASE + "providers.gemini..", "com.google.genai..", "com.google.auth..");

    @ArchTest
    static final ArchRule minioIsUsedInOnePackage = onlyIn(BASE + "storage..", "io.minio..");

    @ArchTest
    static final ArchRule kafkaIsUsedAtTheEdges = noClasses()
            .that()
            .resideOutsideOfPackages(BASE + "intake..", BASE + "settle..", BASE + "signals..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.smallrye.reactive.messaging.kafka..");

    /** Kafka promises to keep these, and no class of {@code internals}, {@code requests} or {@code protocol}. */
    @ArchTest
    static final ArchRule onlyKafkasPublicClassesAreUsed = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.kafka..")
                    .and(not(resideInAnyPackage(
                            "org.apache.kafka.clients.admin",
                            "org.apache.kafka.clients.consumer",
                            "org.apache.kafka.clients.producer",
                            "org.apache.kafka.common",
                            "org.apache.kafka.common.acl",
                            "org.apache.kafka.common.config",
                            "org.apache.kafka.common.errors",
                            "org.apache.kafka.common.header",
                            "org.apache.kafka.common.serialization"))));

    @ArchTest
    static final ArchRule nobodyKnowsTheWiring = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "ops..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BASE + "ops..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.renderfleet.worker.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule workerAndSchedulerDoNotKnowEachOther =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.renderfleet.scheduler..");

    @ArchTest
    static final ArchRule timeIsInjected = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callConstructor(Random.class);

    @ArchTest
    static final ArchRule onlyTheWiringSleeps = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "ops..")
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", java.time.Duration.class);

    @ArchTest
    static final ArchRule noFieldInjection = noFields().should().beAnnotatedWith(Inject.class);

    @ArchTest
    static final ArchRule noStandardStreams = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule noJavaUtilLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes().should(liveInANullMarkedPackage());

    private static ArchRule onlyIn(String home, String... sdk) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(sdk);
    }

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a package that is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(
                        type, marked, type.getName() + " is in a package without @NullMarked"));
            }
        };
    }
}
