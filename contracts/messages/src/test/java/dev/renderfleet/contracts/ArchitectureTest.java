package dev.renderfleet.contracts;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Random;
import org.jspecify.annotations.NullMarked;

/** Messages depend on no other module and few libraries, and their functions are pure. */
@AnalyzeClasses(packages = "dev.renderfleet.contracts", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule DEPENDS_ON_LITTLE = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.renderfleet.contracts..",
                    "java..",
                    "com.fasterxml.jackson..",
                    "org.erdtman.jcs..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule JOBS_AND_EVENTS_ARE_PLAIN = classes()
            .that()
            .resideInAnyPackage("..contracts.job..", "..contracts.event..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("..contracts.job..", "..contracts.event..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule SIGNALS_ARE_PLAIN = classes()
            .that()
            .resideInAPackage("..contracts.signal..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("..contracts.signal..", "..contracts.event..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.renderfleet.contracts.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule CANONICALISER_IN_ONE_PLACE = noClasses()
            .that()
            .resideOutsideOfPackage("..contracts.identity..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.erdtman.jcs..");

    @ArchTest
    static final ArchRule READS_NO_CLOCK = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, InstantSource.class, Random.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(OffsetDateTime.class, "now")
            .orShould()
            .callMethod(ZonedDateTime.class, "now")
            .orShould()
            .callMethod(LocalDateTime.class, "now")
            .orShould()
            .callMethod(LocalDate.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    @ArchTest
    static final ArchRule RESOLVES_NO_NAMES = noClasses()
            .should()
            .callMethod(java.net.InetAddress.class, "getByName", String.class)
            .orShould()
            .callMethod(java.net.InetAddress.class, "getAllByName", String.class);

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        assertThat(classes.stream().map(JavaClass::getPackage).distinct())
                .hasSize(5)
                .allSatisfy(javaPackage -> assertThat(javaPackage.isAnnotatedWith(NullMarked.class))
                        .as(javaPackage.getName())
                        .isTrue());
    }
}
