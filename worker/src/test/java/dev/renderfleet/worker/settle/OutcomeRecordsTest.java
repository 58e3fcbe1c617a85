package dev.renderfleet.worker.settle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.ledger.FinalOutcomes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** A fault of the encoder is one record's, not the process's, and hides no cost. */
class OutcomeRecordsTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final RenderCompleted COMPLETED = FinalOutcomes.completed(NOW);
    private static final Delivery DELIVERY = DeliverySamples.of("the job".getBytes(UTF_8));

    private final EventCodec codec = new EventCodec();

    @Test
    void anEventThatIsEncodedAtTheSecondTryIsPublished() {
        var tries = new AtomicInteger();

        var encoded = failingFor(_ -> tries.incrementAndGet() == 1).of(DELIVERY, COMPLETED, DELIVERY.coordinates());

        assertThat(encoded.event()).isEqualTo(COMPLETED);
        assertThat(encoded.records()).extracting(ProducerRecord::topic).containsExactly(Topics.EVENTS);
    }

    @Test
    void anEventThatCannotBeEncodedBecomesADeadLetterAndAFailureThatKeepsThePaidAttempts() {
        var encoded = failingFor(RenderCompleted.class::isInstance).of(DELIVERY, COMPLETED, DELIVERY.coordinates());

        assertThat(encoded.event()).isInstanceOfSatisfying(RenderFailed.class, failed -> {
            assertThat(failed.code()).isEqualTo(FailureCode.INTERNAL);
            assertThat(failed.retryable()).isTrue();
            assertThat(failed.attempts()).isEqualTo(COMPLETED.attempts());
            assertThat(failed.cost()).isEqualTo(COMPLETED.cost());
        });
        assertThat(encoded.records()).extracting(ProducerRecord::topic).containsExactly(Topics.JOBS_DLQ, Topics.EVENTS);
        var letter = encoded.records().getFirst();
        assertThat(letter.value()).isEqualTo("the job".getBytes(UTF_8));
        assertThat(letter.headers().lastHeader(DeadLetters.CODE).value()).isEqualTo("internal".getBytes(UTF_8));
    }

    @Test
    void attemptsThatCannotBeEncodedLeaveTheCost() {
        var encoded = failingFor(event -> !(event instanceof RenderFailed failed
                        && failed.attempts().isEmpty()))
                .of(DELIVERY, COMPLETED, DELIVERY.coordinates());

        assertThat(encoded.event())
                .isInstanceOfSatisfying(
                        RenderFailed.class, failed -> assertThat(failed.cost()).isEqualTo(COMPLETED.cost()));
    }

    @Test
    void whereNothingCanBeEncodedTheDeadLetterIsLeft() {
        var encoded = failingFor(_ -> true).of(DELIVERY, COMPLETED, DELIVERY.coordinates());

        assertThat(encoded.event()).isNull();
        assertThat(encoded.records()).extracting(ProducerRecord::topic).containsExactly(Topics.JOBS_DLQ);
    }

    private OutcomeRecords failingFor(Predicate<RenderEvent> bug) {
        return new OutcomeRecords(
                event -> {
                    if (bug.test(event)) {
                        throw new IllegalStateException("a bug");
                    }
                    return codec.encode(event);
                },
                InstantSource.fixed(NOW),
                "test/worker");
    }
}
