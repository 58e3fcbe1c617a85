package dev.renderfleet.sandbox.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ActiveS3FaultsTest {
    /** Of three digits each, so that no two share a counting slot. */
    private static final int REQUESTS = 900;

    private final ActiveS3Faults faults = new ActiveS3Faults(7);

    @Test
    void meetsNothingUnlessToldTo() {
        assertThat(faults.meet("PUT", "/b/k")).isEmpty();
        assertThat(faults.refusesConnection()).isFalse();
    }

    @Test
    void picksByMethodAndPathAndEndsAfterItsCount() {
        faults.add(S3Fault.of(Kind.RESET).forMethod("PUT").forPath("/b/assets/").times(1));

        assertThat(faults.meet("GET", "/b/assets/x")).isEmpty();
        assertThat(faults.meet("PUT", "/b/ledger/x")).isEmpty();
        assertThat(faults.meet("PUT", "/b/assets/x")).map(S3Fault::fault).contains(Kind.RESET);
        assertThat(faults.meet("PUT", "/b/assets/x")).isEmpty();
        assertThat(faults.active().getFirst().applied()).isEqualTo(1);
    }

    @Test
    void chanceFollowsTheSeedWhateverTheOrder() {
        List<Boolean> forward = picks(new ActiveS3Faults(7), IntStream.range(0, REQUESTS));
        List<Boolean> backward =
                picks(new ActiveS3Faults(7), IntStream.range(0, REQUESTS).map(number -> REQUESTS - 1 - number));
        List<Boolean> other = picks(new ActiveS3Faults(8), IntStream.range(0, REQUESTS));

        assertThat(List.copyOf(backward.reversed())).isEqualTo(forward);
        assertThat(other).isNotEqualTo(forward);
        assertThat(forward.stream().filter(picked -> picked).count())
                .as("about 5 % of %d", REQUESTS)
                .isBetween(20L, 75L);
    }

    @Test
    void givesARepeatedRequestAnotherChance() {
        faults.add(S3Fault.of(Kind.RESET).withProbability(0.5));

        long met = IntStream.range(0, REQUESTS)
                .filter(_ -> faults.meet("PUT", "/b/the same").isPresent())
                .count();

        assertThat(met).isBetween(380L, 520L);
    }

    @Test
    void clearsAndTellsWhatWasApplied() {
        faults.add(S3Fault.of(Kind.DOWN));
        faults.meet("GET", "/");
        assertThat(faults.refusesConnection()).isTrue();

        assertThat(faults.clear().getFirst().applied()).isEqualTo(2);
        assertThat(faults.meet("GET", "/")).isEmpty();
        assertThat(faults.refusesConnection()).isFalse();
    }

    @Test
    void refusesFaultsThatMakeNoSense() {
        assertThatThrownBy(() -> S3Fault.of(Kind.RESET).withProbability(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("probability");
        assertThatThrownBy(() -> S3Fault.of(Kind.SLOW).lasting(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Boolean> picks(ActiveS3Faults faults, IntStream numbers) {
        faults.add(S3Fault.of(Kind.RESET).withProbability(0.05));
        return numbers.mapToObj(number ->
                        faults.meet("PUT", "/b/assets/" + (100 + number)).isPresent())
                .toList();
    }
}
