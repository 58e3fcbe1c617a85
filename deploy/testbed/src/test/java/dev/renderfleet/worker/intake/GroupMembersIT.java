package dev.renderfleet.worker.intake;

import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.LEAVE_GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.testbed.TestParts;
import dev.renderfleet.testbed.TestParts.Part;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.settle.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.errors.WakeupException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The members of a real broker's group. */
@Timeout(120)
@ExtendWith(PartsCondition.class)
class GroupMembersIT {

    private static final int PASSING = 2;

    private static TestParts parts;

    private final List<Member> all = new ArrayList<>();

    @BeforeAll
    static void start() {
        parts = TestParts.start(6, Part.KAFKA);
    }

    @AfterAll
    static void stop() {
        parts.close();
    }

    /** The group protocol of all members. */
    String protocol() {
        return "consumer";
    }

    @AfterEach
    void close() {
        all.forEach(Member::close);
    }

    @Test
    void aMemberIsPresentAndOneThatHasLeftIsGone() {
        Member asker = joined("asker/1");
        Member other = joined("other/1");
        GroupMembers members = asker.members();
        await().until(() -> members.status(other.owner) == MemberStatus.ACTIVE);
        assertThat(members.status(asker.owner)).isEqualTo(MemberStatus.ACTIVE);
        assertThat(members.status("other/0")).as("never a member").isEqualTo(MemberStatus.EXPIRED);
        assertThat(members.hasOthers()).isTrue();

        other.close();

        await().until(() -> members.status(other.owner) == MemberStatus.EXPIRED);
        assertThat(members.hasOthers()).isFalse();
    }

    /** Also in the middle of the rebalance that its joining begins. */
    @Test
    void aMemberIsNeverGoneWhileOthersComeAndLeave() {
        Member asker = joined("asker/1");
        Member steady = joined("steady/1");
        GroupMembers members = asker.members();
        await().until(() -> members.status(steady.owner) == MemberStatus.ACTIVE);

        for (int i = 0; i < PASSING; i++) {
            Member passing = joined("passing/" + i);
            await().until(() -> {
                assertThat(members.status(steady.owner)).isNotEqualTo(MemberStatus.EXPIRED);
                return members.status(passing.owner) == MemberStatus.ACTIVE;
            });
            passing.close();
            await().until(() -> {
                assertThat(members.status(steady.owner)).isNotEqualTo(MemberStatus.EXPIRED);
                return members.status(passing.owner) == MemberStatus.EXPIRED;
            });
        }
    }

    @Test
    void whoIsNotInTheGroupKnowsNothing() {
        GroupMembers members = member("asker/1").members();

        assertThat(members.status("other/1"))
                .as("the group is empty, or not there at all")
                .isEqualTo(MemberStatus.UNKNOWN);
        Member other = joined("other/1");
        await().until(() -> other.members().status("nobody/1") == MemberStatus.EXPIRED);
        assertThat(members.status(other.owner)).isEqualTo(MemberStatus.UNKNOWN);
        assertThat(members.status("nobody/1")).isEqualTo(MemberStatus.UNKNOWN);
    }

    @Test
    void whoIsKnownToBeDeadIsGoneAtOnceAndNobodyElseOfItsNameIs() {
        Member asker = member("shelf-3/2");
        var members = new GroupMembers(asker.kafka.admin(), asker.owner, List.of("shelf-3/1"));

        assertThat(members.status("shelf-3/1")).isEqualTo(MemberStatus.EXPIRED);
        assertThat(members.status("shelf-3/2")).isEqualTo(MemberStatus.ACTIVE);
        assertThat(members.status("shelf-3/0")).isEqualTo(MemberStatus.UNKNOWN);
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNoReasonToCallAnybodyDead() {
        try (var admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:1"))) {
            var members = new GroupMembers(admin, "asker/1", List.of("asker/0"));

            assertThat(members.status("other/1")).isEqualTo(MemberStatus.UNKNOWN);
            assertThat(members.hasOthers()).isFalse();
            assertThat(members.status("asker/0"))
                    .as("known without asking Kafka")
                    .isEqualTo(MemberStatus.EXPIRED);
        }
    }

    private Member member(String name) {
        var member = new Member(name);
        all.add(member);
        return member;
    }

    private Member joined(String name) {
        Member member = member(name);
        member.join();
        return member;
    }

    private static ConditionFactory await() {
        return Awaitility.await().pollInSameThread().atMost(Duration.ofSeconds(60));
    }

    /** A worker's place in the group, and no more of it. */
    private final class Member implements AutoCloseable {
        private final String owner;
        private final KafkaClients kafka;
        private final Consumer<byte[], byte[]> consumer;
        private final Thread thread;
        private volatile boolean closed;

        Member(String name) {
            owner = name.contains("shelf") ? name : name + UUID.randomUUID();
            kafka = new KafkaClients(
                    Map.of("bootstrap.servers", parts.endpoints().bootstrapServers(), "group.protocol", protocol()),
                    owner);
            consumer = kafka.consumer(Map.of());
            thread = Thread.ofPlatform().unstarted(this::poll);
        }

        void join() {
            consumer.subscribe(List.of(Topics.JOBS));
            thread.start();
        }

        GroupMembers members() {
            return new GroupMembers(kafka.admin(), owner, List.of());
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                consumer.wakeup();
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                consumer.close(CloseOptions.groupMembershipOperation(LEAVE_GROUP));
                kafka.close();
            }
        }

        private void poll() {
            try {
                while (!closed) {
                    consumer.poll(Duration.ofMillis(100));
                }
            } catch (WakeupException e) {
                // As asked for.
                return;
            }
        }
    }
}
