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
 * Looks up owners of claims in the workers' consumer group. An owner was a member when it consumed the record, so one that is not a
 * member any more has ended or has missed a session time-out. Safe for use by many threads; concurrent calls share one request.
 */
public final class GroupMembers implements Membership {

    private static final Logger LOG = Logger.getLogger(GroupMembers.class);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final Admin admin;
    private final String self;
    private final Set<String> expired;
    private final ReentrantLock requesting = new ReentrantLock();
    private final AtomicLong requests = new AtomicLong();
    private @Nullable Set<String> latest;

    /**
     * @param owner this process, as {@code name/unique}
     * @param expired owners whose processes have ended for certain, also while the group still has them as members
     */
    public GroupMembers(Admin admin, String owner, Collection<String> expired) {
        this.admin = admin;
        this.self = owner;
        this.expired = Set.copyOf(expired);
    }

    @Override
    public MemberStatus status(String owner) {
        if (owner.equals(self)) {
            return MemberStatus.ACTIVE;
        }
        if (expired.contains(owner)) {
            return MemberStatus.EXPIRED;
        }
        Set<String> members = fetchNow();
        if (members == null) {
            return MemberStatus.UNKNOWN;
        }
        return members.contains(owner) ? MemberStatus.ACTIVE : MemberStatus.EXPIRED;
    }

    /** Whether the group has another member. */
    boolean hasOthers() {
        Set<String> members = fetchNow();
        return members != null && members.size() > 1;
    }

    /** Never an older answer: the caller has read a claim, whose owner may have joined since then. */
    private @Nullable Set<String> fetchNow() {
        long seen = requests.get();
        requesting.lock();
        try {
            if (requests.get() == seen) {
                latest = fetch();
            }
            return latest;
        } finally {
            requesting.unlock();
        }
    }

    /** The client ids of all members; null if Kafka does not answer, or rebalances the group. */
    private @Nullable Set<String> fetch() {
        requests.incrementAndGet();
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
            // Without being a member itself this worker may see an outdated group.
            return members.contains(self) ? members : null;
        } catch (ExecutionException e) {
            LOG.infof("group members unknown, cause=%s", e.getCause());
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
