package dev.renderfleet.worker.intake;

import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;

/**
 * Makes the consumers of {@code render.jobs} with these settings.
 *
 * @param member of this worker's group and without auto-commit
 * @param reader without a group
 */
public record JobConsumers(
        Function<Map<String, Object>, Consumer<byte[], byte[]>> member,
        Function<Map<String, Object>, Consumer<byte[], byte[]>> reader) {}
