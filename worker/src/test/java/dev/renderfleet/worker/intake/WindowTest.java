package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.intake.Window.Reservation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WindowTest {

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Reservation A = new Reservation("a", 1);

    private final Window window = new Window(12, 1_200);

    @Test
    void oneLaneAloneGetsHalf() {
        assertThat(fill("a", 1)).isEqualTo(6);
        assertThat(window.held()).isEqualTo(6);
    }

    @Test
    void twoLanesGetAThirdEach() {
        for (int turn = 0; turn < 12; turn++) {
            take("a", 1);
            take("b", 1);
        }

        assertThat(window.heldByLane()).isEqualTo(Map.of("a", 4, "b", 4));
    }

    /** Of those that fill all there is, each one more gets half of the rest. */
    @Test
    void howeverManyLanesAreStuckAnotherOneGetsRoom() {
        assertThat(fill("a", 1)).isEqualTo(6);
        assertThat(fill("b", 1)).isEqualTo(3);
        assertThat(fill("c", 1)).isEqualTo(2);
        for (int lane = 0; lane < 20; lane++) {
            assertThat(fill("another-" + lane, 1)).isOne();
        }
    }

    @Test
    void aLaneThatHasMoreThanItsShareGetsNoMoreUntilItIsBelow() {
        fill("a", 1);
        fill("b", 1);
        window.release(A);

        assertThat(take("a", 1)).isFalse();
        assertThat(take("b", 1)).as("the room that a has left").isTrue();
    }

    @Test
    void bytesAreSharedTheSameWayAndOneRecordMayExceedThem() {
        assertThat(fill("a", 200))
                .as("half of the bytes, a quarter of the records")
                .isEqualTo(3);
        assertThat(take("b", 5_000)).as("one record, whatever its bytes").isTrue();
        assertThat(take("b", 1)).isFalse();
        assertThat(take("c", 1)).isTrue();
    }

    @Test
    void whatIsReleasedCanBeReservedAgain() {
        fill("a", 1);
        window.release(A);
        assertThat(fill("a", 1)).isOne();
        for (int i = 0; i < 6; i++) {
            window.release(A);
        }
        assertThat(window.held()).isZero();
        assertThat(window.heldByLane()).isEmpty();
    }

    @Test
    void eachThreadThatWaitsForRoomLearnsOfAReleaseAlsoBeforeTheWait() throws InterruptedException {
        window.tryReserve(A);
        window.tryReserve(A);
        long seen = window.releases();
        assertThat(window.awaitRelease(seen, Duration.ZERO)).isFalse();
        window.release(A);
        assertThat(window.awaitRelease(seen, LONG)).isTrue();
        assertThat(window.awaitRelease(seen, LONG)).as("another thread").isTrue();
        long later = window.releases();
        assertThat(window.awaitRelease(later, Duration.ZERO)).isFalse();

        CompletableFuture<Void> release = CompletableFuture.runAsync(() -> window.release(A));
        assertThat(window.awaitRelease(later, LONG)).isTrue();
        release.join();
    }

    private boolean take(String lane, int bytes) {
        return window.tryReserve(new Reservation(lane, bytes));
    }

    private int fill(String lane, int bytes) {
        int taken = 0;
        while (take(lane, bytes)) {
            taken++;
        }
        return taken;
    }
}
