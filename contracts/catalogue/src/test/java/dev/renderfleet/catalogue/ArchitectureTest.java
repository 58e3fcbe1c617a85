package dev.renderfleet.catalogue;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.Random;

/** The catalogue is data and pure functions on it, so that worker, scheduler and command line come to the same price and model. */
@AnalyzeClasses(packages = "dev.renderfleet.catalogue", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** Of the JDK neither {@code java.net} nor {@code java.nio}: nothing is fetched, no file is opened. */
    @ArchTest
    static final ArchRule dependsOnMessagesAndJacksonOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.renderfleet.catalogue..",
                    "dev.renderfleet.contracts..",
                    "com.fasterxml.jackson..",
                    "java.io",
                    "java.lang..",
                    "java.time..",
                    "java.util..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule readsNoClock = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, InstantSource.class, Random.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(LocalDate.class, "now");
}
