package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.ledger.BucketOwner;
import dev.renderfleet.worker.ops.StartChecks.Result;
import dev.renderfleet.worker.storage.ConditionalPutProbe;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.ObjectKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StartChecksTest {

    private final InMemoryObjectStore store =
            new InMemoryObjectStore("renderfleet", InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z")));

    @Test
    void theFirstFleetMarksTheBucketAndAllItsWorkersPass() {
        assertThat(checks(() -> "cluster-1").run()).isInstanceOf(Result.Passed.class);
        assertThat(mark()).contains("cluster-1").contains(ConsumerGroups.WORKERS);
        String mark = mark();

        assertThat(checks(() -> "cluster-1").run()).isInstanceOf(Result.Passed.class);
        assertThat(mark()).isEqualTo(mark);
    }

    @Test
    void anotherFleetIsRefusedAndToldWhatToDo() {
        checks(() -> "cluster-1").run();

        assertThat(checks(() -> "cluster-2").run()).isInstanceOfSatisfying(Result.Refused.class, refused -> {
            assertThat(refused.what()).contains("cluster-1");
            assertThat(refused.remedy()).contains("renderfleet.s3.bucket").contains("delete fleet.json");
        });
        assertThat(mark()).contains("cluster-1");
    }

    @Test
    void anotherFleetThatWasQuickerWhileTheBucketWasProvenHasIt() {
        String theirs = "{\"version\":1,\"kafkaCluster\":\"cluster-2\",\"group\":\"renderfleet-workers\"}";
        var probe = new ConditionalPutProbe(store, () -> {
            store.putBytes(ObjectKeys.OWNER, theirs.getBytes(StandardCharsets.UTF_8));
            return UUID.randomUUID().toString();
        });

        assertThat(new StartChecks(
                                probe,
                                new BucketOwner(store),
                                () -> "cluster-1",
                                List::of,
                                List::of,
                                Result.Passed::new)
                        .run())
                .isInstanceOf(Result.Refused.class);
        assertThat(mark()).isEqualTo(theirs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"version\":2}"})
    void aMarkThatIsNotOursIsAnothers(String mark) {
        store.putBytes(ObjectKeys.OWNER, mark.getBytes(StandardCharsets.UTF_8));

        assertThat(checks(() -> "cluster-1").run()).isInstanceOf(Result.Refused.class);
        assertThat(mark()).isEqualTo(mark);
    }

    @Test
    void aStoreThatIsAwayIsNoRefusal() {
        store.failNextPutsBeforeWriting(1);

        assertThat(checks(() -> "cluster-1").run()).isInstanceOf(Result.NotYet.class);
        assertThat(checks(() -> "cluster-1").run()).isInstanceOf(Result.Passed.class);
    }

    @Test
    void aMarkThatCannotBeReadIsNoRefusal() {
        var bucketOwner = new BucketOwner(store);
        bucketOwner.claim("cluster-1", ConsumerGroups.WORKERS);
        StartChecks checks = checks(() -> {
            store.failNextReads(1);
            return "cluster-1";
        });

        assertThat(checks.run()).isInstanceOf(Result.NotYet.class);
    }

    @Test
    void topicsThatCannotBeUsedAreNamedAndWaitedFor() {
        var probe = new ConditionalPutProbe(store, () -> UUID.randomUUID().toString());
        var faults = new AtomicReference<>(List.of("Kafka has no topics [render.jobs.dlq]; create them", "no WRITE"));
        var checks = new StartChecks(
                probe, new BucketOwner(store), () -> "cluster-1", faults::get, List::of, Result.Passed::new);

        assertThat(checks.run())
                .isInstanceOfSatisfying(
                        Result.NotYet.class,
                        notYet -> assertThat(notYet.reason())
                                .contains("render.jobs.dlq")
                                .contains("no WRITE"));
        faults.set(List.of());
        assertThat(checks.run()).isInstanceOf(Result.Passed.class);
    }

    /** One broker is enough to try things out. */
    @Test
    void topicsWithWeakSettingsAreWarnedOfOnceAndRefuseNothing() {
        try (var log = new CapturedLog(StartChecks.class)) {
            assertThat(weakly(() -> List.of("use 3 replicas")).run()).isInstanceOf(Result.Passed.class);
            assertThat(log.lines()).containsExactly("WARN use 3 replicas");
        }
    }

    @Test
    void replicasThatCannotBeReadRefuseNothing() {
        assertThat(weakly(() -> {
                            throw new IllegalStateException("no broker");
                        })
                        .run())
                .isInstanceOf(Result.Passed.class);
    }

    private StartChecks weakly(Supplier<List<String>> weak) {
        var probe = new ConditionalPutProbe(store, () -> UUID.randomUUID().toString());
        return new StartChecks(probe, new BucketOwner(store), () -> "cluster-1", List::of, weak, Result.Passed::new);
    }

    @Test
    void aKafkaThatIsAwayIsNoRefusalAndMarksNothing() {
        StartChecks checks = checks(() -> {
            throw new IllegalStateException("no broker");
        });

        assertThat(checks.run())
                .isInstanceOfSatisfying(
                        Result.NotYet.class, wait -> assertThat(wait.reason()).contains("no broker"));
        assertThat(store.keys("")).isEmpty();
    }

    private StartChecks checks(Supplier<String> cluster) {
        var probe = new ConditionalPutProbe(store, () -> UUID.randomUUID().toString());
        return new StartChecks(probe, new BucketOwner(store), cluster, List::of, List::of, Result.Passed::new);
    }

    private String mark() {
        byte[] mark = store.bytes(ObjectKeys.OWNER);
        return mark == null ? "none" : new String(mark, StandardCharsets.UTF_8);
    }
}
