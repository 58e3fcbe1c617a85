package dev.renderfleet.scheduler;

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
import org.jspecify.annotations.NullMarked;

/** The scheduler's architecture rules. If one fails, either the code is in the wrong place or the design changes. */
@AnalyzeClasses(packages = "dev.renderfleet.scheduler", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String BASE = "dev.renderfleet.scheduler.";

    @ArchTest
    static final ArchRule workerAndSchedulerAreIndependent =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.renderfleet.worker..");

    @ArchTest
    static final ArchRule usesNeitherModelsNorTheBucket =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("com.google.genai..", "io.minio..");

    @ArchTest
    static final ArchRule allSqlIsInOnePackage = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jdbi..", "java.sql..", "org.postgresql..");

    @ArchTest
    static final ArchRule kafkasClientsAreInOnePackage = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "topics..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule theRulesArePlainJava = noClasses()
            .that()
            .resideInAnyPackage(BASE + "money..", BASE + "queue..", BASE + "why..", BASE + "routing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    BASE + "store..",
                    BASE + "topics..",
                    BASE + "leader..",
                    "io.quarkus..",
                    "io.smallrye..",
                    "jakarta..");

    @ArchTest
    static final ArchRule nobodyKnowsRestOrTheWiring = noClasses()
            .that()
            .resideOutsideOfPackages(BASE + "api..", BASE + "ops..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(BASE + "api..", BASE + "ops..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching(BASE + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theSandboxIsForTestsOnly =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.renderfleet.sandbox..");

    @ArchTest
    static final ArchRule timeIsInjected = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule noFieldInjection =
            noFields().should().beAnnotatedWith(Inject.class).allowEmptyShould(true);

    @ArchTest
    static final ArchRule noStandardStreams = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule noJavaUtilLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

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
