package dev.renderfleet.testbed;

import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.testbed.TestParts.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The parts as one process of the sandbox. */
record SandboxParts(SandboxProcess process) implements TestParts {

    static SandboxParts start(int partitions, Set<Part> parts, String... more) {
        List<String> without = new ArrayList<>(List.of("postgres", "simulators"));
        if (!parts.contains(Part.KAFKA)) {
            without.add("kafka");
        }
        if (!parts.contains(Part.S3)) {
            without.add("s3");
        }
        List<String> options = new ArrayList<>(
                List.of("--without", String.join(",", without), "--partitions", Integer.toString(partitions)));
        options.addAll(List.of(more));
        return new SandboxParts(SandboxProcess.start(options.toArray(String[]::new)));
    }

    @Override
    public SandboxEndpoints endpoints() {
        return process.endpoints();
    }

    @Override
    public void restartKafka() {
        process.control().restartKafka();
    }

    @Override
    public void close() {
        process.close();
    }
}
