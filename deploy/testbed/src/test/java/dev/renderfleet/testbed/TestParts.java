package dev.renderfleet.testbed;

import dev.renderfleet.sandbox.SandboxEndpoints;
import java.util.Set;

/**
 * Kafka and S3 of a test of a contract with either: processes of the sandbox, or with {@code -Dtest.parts=containers} the images that
 * docker-compose.yml names. A test class has {@link PartsCondition}, which skips it where no Docker engine answers.
 */
public interface TestParts extends AutoCloseable {

    /** What a test needs. */
    enum Part {
        KAFKA,
        S3
    }

    /** Returns when all parts are up, with the topics, or an empty bucket. */
    static TestParts start(int partitions, Part... parts) {
        return onContainers()
                ? ContainerParts.start(partitions, Set.of(parts))
                : SandboxParts.start(partitions, Set.of(parts));
    }

    /** Whether {@code -Dtest.parts} says so. */
    static boolean onContainers() {
        String kind = System.getProperty("test.parts", "sandbox");
        return switch (kind) {
            case "sandbox" -> false;
            case "containers" -> true;
            default -> throw new IllegalArgumentException("test.parts is sandbox or containers, not " + kind);
        };
    }

    /** A broker of the sandbox that checks ACLs; a resource without ACLs is open to all. */
    static TestParts withAcls(int partitions) {
        return SandboxParts.start(partitions, Set.of(Part.KAFKA), "--acls");
    }

    SandboxEndpoints endpoints();

    /** Stops the broker and starts it again at the same address: connections break, records and offsets stay. */
    void restartKafka();

    @Override
    void close();
}
