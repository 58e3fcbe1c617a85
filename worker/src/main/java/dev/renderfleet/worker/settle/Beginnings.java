package dev.renderfleet.worker.settle;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Assignments that begin, or do not.
 *
 * @param begun the offsets to read from, 0 where nothing is committed
 * @param refused partitions that must not be processed, since their committed state cannot be read, with the reason
 */
public record Beginnings(Map<TopicPartition, OffsetAndMetadata> begun, Map<TopicPartition, String> refused) {}
