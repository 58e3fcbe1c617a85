package dev.renderfleet.worker.settle;

import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What a failed transaction says about its records. Kafka's exceptions name the reason somewhere in their chain of causes. */
final class WriteFailure {

    private static final Set<Class<? extends Throwable>> TOO_LARGE =
            Set.of(RecordTooLargeException.class, RecordBatchTooLargeException.class);
    private static final Set<Class<? extends Throwable>> REFUSED = Set.of(
            TopicAuthorizationException.class,
            UnknownTopicOrPartitionException.class,
            InvalidTopicException.class,
            InvalidTimestampException.class,
            PolicyViolationException.class,
            SerializationException.class);

    private WriteFailure() {}

    /** A record is larger than its topic or this client allows. */
    static boolean isTooLarge(Throwable failure) {
        return has(failure, cause -> TOO_LARGE.contains(cause.getClass()));
    }

    /** Kafka refuses one of the records; the same record is refused again until an operator changes something. */
    static boolean isRefusal(Throwable failure) {
        return isTooLarge(failure) || has(failure, cause -> REFUSED.contains(cause.getClass()));
    }

    /** Kafka does not answer or is not settled; a restart of this worker does not help. */
    static boolean isKafkaAway(KafkaException failure) {
        return has(failure, cause -> cause instanceof RetriableException || cause instanceof ConfigException);
    }

    /** What an operator can do. */
    static String remedy(Throwable failure) {
        if (isTooLarge(failure)) {
            return "raise max.message.bytes of the topic";
        }
        if (has(failure, TopicAuthorizationException.class::isInstance)) {
            return "allow this worker to write to the topic (ACL: Write)";
        }
        if (has(failure, UnknownTopicOrPartitionException.class::isInstance)) {
            return "create the topic";
        }
        return "docs/operations.md says what to look at";
    }

    /** The innermost cause, which is Kafka's. */
    static String reason(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return innermost.toString();
    }

    private static boolean has(Throwable failure, Predicate<Throwable> wanted) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (wanted.test(cause)) {
                return true;
            }
        }
        return false;
    }
}
