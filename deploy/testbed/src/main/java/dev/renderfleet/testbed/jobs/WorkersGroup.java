package dev.renderfleet.testbed.jobs;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;

/** Members of the workers' consumer group, as Kafka's group coordinator lists them. */
public final class WorkersGroup implements AutoCloseable {

    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final Admin admin;

    public WorkersGroup(String bootstrapServers) {
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) bootstrapServers));
    }

    /**
     * Client ids of the members that are processes of this worker; a client id is unique to a process. Empty set: the worker is not in
     * the group. Empty: Kafka did not answer within 5 s.
     */
    public Optional<Set<String>> membersOf(String worker) {
        return members()
                .map(all -> all.stream()
                        .map(MemberDescription::clientId)
                        .filter(id -> id.startsWith(worker + "/"))
                        .collect(Collectors.toSet()));
    }

    /** Number of members that own partitions; 0 if Kafka does not answer within 5 s. */
    public int owners() {
        return Math.toIntExact(members().stream()
                .flatMap(Collection::stream)
                .filter(member -> !member.assignment().topicPartitions().isEmpty())
                .count());
    }

    private Optional<Collection<MemberDescription>> members() {
        try {
            ConsumerGroupDescription group = admin.describeConsumerGroups(
                            List.of(ConsumerGroups.WORKERS),
                            new DescribeConsumerGroupsOptions().timeoutMs(Math.toIntExact(ANSWER_MAX.toMillis())))
                    .all()
                    .get()
                    .get(ConsumerGroups.WORKERS);
            return group == null ? Optional.empty() : Optional.of(group.members());
        } catch (ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        admin.close(ANSWER_MAX);
    }
}
