package dev.renderfleet.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The command line runs without a checkout, against any cluster. When a rule fails, the code is in the wrong module. */
@AnalyzeClasses(packages = "dev.renderfleet.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule needsContractsAndItsLibrariesOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.renderfleet.cli..",
                    "dev.renderfleet.contracts..",
                    "dev.renderfleet.catalogue..",
                    "com.fasterxml.jackson..",
                    "io.minio..",
                    "java..",
                    "okhttp3..",
                    "org.apache.kafka..",
                    "org.jspecify..",
                    "picocli..");

    @ArchTest
    static final ArchRule onlyClusterUsesKafkaAndMinio = noClasses()
            .that()
            .resideOutsideOfPackage("dev.renderfleet.cli.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.minio..");

    @ArchTest
    static final ArchRule startsNoProcess =
            noClasses().should().dependOnClassesThat().belongToAnyOf(Process.class, ProcessBuilder.class);

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.renderfleet.(**)").should().beFreeOfCycles();

    /** Commands print to picocli's writers. */
    @ArchTest
    static final ArchRule noStandardStreams = noClasses().should(ACCESS_STANDARD_STREAMS);
}
