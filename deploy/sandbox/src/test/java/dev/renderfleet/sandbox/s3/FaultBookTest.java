package dev.renderfleet.sandbox.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultBookTest {
    /** Of three digits each, so that no two share a counting slot. */
    private static final int REQUESTS = 900;

    private final FaultBook book = new FaultBook(7);

    @Test
    void meetsNothingUnlessToldTo() {
        assertThat(book.meet("PUT", "/b/k")).isEmpty();
        assertThat(book.refusesConnection()).isFalse();
    }

    @Test
    void picksByMethodAndPathAndEndsAfterItsCount() {
        book.add(S3Fault.of(Kind.RESET).forMethod("PUT").forPath("/b/assets/").times(1));

        assertThat(book.meet("GET", "/b/assets/x")).isEmpty();
        assertThat(book.meet("PUT", "/b/ledger/x")).isEmpty();
        assertThat(book.meet("PUT", "/b/assets/x")).map(S3Fault::fault).contains(Kind.RESET);
        assertThat(book.meet("PUT", "/b/assets/x")).isEmpty();
        assertThat(book.standing().getFirst().applied()).isEqualTo(1);
    }

    @Test
    void chanceFollowsTheSeedWhateverTheOrder() {
        List<Boolean> forward = picks(new FaultBook(7), IntStream.range(0, REQUESTS));
        List<Boolean> backward =
                picks(new FaultBook(7), IntStream.range(0, REQUESTS).map(number -> REQUESTS - 1 - number));
        List<Boolean> other = picks(new FaultBook(8), IntStream.range(0, REQUESTS));

        assertThat(List.copyOf(backward.reversed())).isEqualTo(forward);
        assertThat(other).isNotEqualTo(forward);
        assertThat(forward.stream().filter(picked -> picked).count())
                .as("about 5 % of %d", REQUESTS)
                .isBetween(20L, 75L);
    }

    @Test
    void givesARepeatedRequestAnotherChance() {
        book.add(S3Fault.of(Kind.RESET).withProbability(0.5));

        long met = IntStream.range(0, REQUESTS)
                .filter(_ -> book.meet("PUT", "/b/the same").isPresent())
                .count();

        assertThat(met).isBetween(380L, 520L);
    }

    @Test
    void clearsAndTellsWhatWasApplied() {
        book.add(S3Fault.of(Kind.DOWN));
        book.meet("GET", "/");
        assertThat(book.refusesConnection()).isTrue();

        assertThat(book.clear().getFirst().applied()).isEqualTo(2);
        assertThat(book.meet("GET", "/")).isEmpty();
        assertThat(book.refusesConnection()).isFalse();
    }

    @Test
    void refusesFaultsThatMakeNoSense() {
        assertThatThrownBy(() -> S3Fault.of(Kind.RESET).withProbability(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("probability");
        assertThatThrownBy(() -> S3Fault.of(Kind.SLOW).lasting(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Boolean> picks(FaultBook book, IntStream numbers) {
        book.add(S3Fault.of(Kind.RESET).withProbability(0.05));
        return numbers.mapToObj(number ->
                        book.meet("PUT", "/b/assets/" + (100 + number)).isPresent())
                .toList();
    }
}
