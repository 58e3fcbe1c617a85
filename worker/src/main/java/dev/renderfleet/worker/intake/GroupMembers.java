package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.ledger.Membership;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells from the workers' consumer group who is there. Whoever has claimed a job was a member when it got the record, so one that is
 * no member any more is dead, or was silent for a whole session time-out. Safe for use by many threads; those who ask at the
 * same time share one question to Kafka.
 */
public final class GroupMembers implements Membership {

    private static final Logger LOG = Logger.getLogger(GroupMembers.class);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final Admin admin;
    private final String owner;
    private final Set<String> dead;
    private final ReentrantLock asking = new ReentrantLock();
    private final AtomicLong questions = new AtomicLong();
    private @Nullable Set<String> latest;

    /**
     * @param owner this process, as {@code name/unique}
     * @param dead owners that are known to be dead, whatever the group still believes
     */
    public GroupMembers(Admin admin, String owner, Collection<String> dead) {
        this.admin = admin;
        this.owner = owner;
        this.dead = Set.copyOf(dead);
    }

    @Override
    public MemberStatus status(String asked) {
        if (asked.equals(owner)) {
            return MemberStatus.ACTIVE;
        }
        if (dead.contains(asked)) {
            return MemberStatus.EXPIRED;
        }
        Set<String> members = askedAfterNow();
        if (members == null) {
            return MemberStatus.UNKNOWN;
        }
        return members.contains(asked) ? MemberStatus.ACTIVE : MemberStatus.EXPIRED;
    }

    /** Whether another worker is there to whom jobs can be given. */
    boolean hasOthers() {
        Set<String> members = askedAfterNow();
        return members != null && members.size() > 1;
    }

    /** An answer from before the caller read the claim could miss an owner who has joined since. */
    private @Nullable Set<String> askedAfterNow() {
        long asked = questions.get();
        asking.lock();
        try {
            if (questions.get() == asked) {
                latest = ask();
            }
            return latest;
        } finally {
            asking.unlock();
        }
    }

    /** The client ids of all members; null if Kafka does not say, or is in the middle of finding out. */
    private @Nullable Set<String> ask() {
        questions.incrementAndGet();
        try {
            ConsumerGroupDescription group = admin.describeConsumerGroups(
                            List.of(ConsumerGroups.WORKERS),
                            new DescribeConsumerGroupsOptions().timeoutMs(Math.toIntExact(ANSWER_MAX.toMillis())))
                    .all()
                    .get()
                    .get(ConsumerGroups.WORKERS);
            if (group == null) {
                return null;
            }
            if (group.groupState() == GroupState.UNKNOWN || group.groupState() == GroupState.DEAD) {
                return null;
            }
            Set<String> members =
                    group.members().stream().map(MemberDescription::clientId).collect(Collectors.toSet());
            // Who is not in the group has no say in who else is not.
            return members.contains(owner) ? members : null;
        } catch (ExecutionException e) {
            LOG.infof("who is in the group is not known: %s", e.getCause());
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
