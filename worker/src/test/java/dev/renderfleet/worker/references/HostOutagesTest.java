package dev.renderfleet.worker.references;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HostOutagesTest {

    private static final Duration MINUTES_10 = Duration.ofMinutes(10);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final HostOutages outages = new HostOutages(clock);

    @Test
    void countsFromTheFirstFailureOfAHost() {
        assertThat(outages.failed("a")).isZero();
        clock.advance(MINUTES_10);
        assertThat(outages.failed("a")).isEqualTo(MINUTES_10);
        assertThat(outages.failed("b")).isZero();
        clock.advance(MINUTES_10);
        assertThat(outages.failed("a")).isEqualTo(MINUTES_10.multipliedBy(2));
    }

    @Test
    void anAnswerEndsTheOutage() {
        outages.failed("a");
        clock.advance(MINUTES_10);

        outages.answered("a");

        assertThat(outages.failed("a")).isZero();
    }

    /** Two failures in a day are no outage of a day. */
    @Test
    void aFailureLongAfterTheLastBeginsANewOutage() {
        outages.failed("a");
        clock.advance(Duration.ofMinutes(16));

        assertThat(outages.failed("a")).isZero();
    }

    @Test
    void remembersABoundedNumberOfHosts() {
        for (int i = 0; i < 5_000; i++) {
            outages.failed("host-" + i);
        }
        clock.advance(Duration.ofMinutes(5));

        assertThat(outages.failed("host-0")).isEqualTo(Duration.ofMinutes(5));
        assertThat(outages.failed("host-4999")).as("not remembered").isZero();
        clock.advance(Duration.ofMinutes(16));
        outages.failed("new");
        clock.advance(Duration.ofMinutes(1));
        assertThat(outages.failed("new")).isEqualTo(Duration.ofMinutes(1));
    }
}
