package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.audit.Judge;
import dev.renderfleet.testbed.chaos.CallsInFlight.Call;
import dev.renderfleet.testbed.chaos.KillLog.Pauses;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What kills and pauses excuse, and no more. */
class KillLogTest {

    private static final Instant T0 = Instant.parse("2026-11-28T12:00:00Z");
    private static final Call FIRST = new Call("a", T0);
    private static final Call AGAIN = new Call("a", T0.plusSeconds(9));
    private static final Call OTHER = new Call("b", T0);

    private final KillLog losses = new KillLog();

    /** A successor of the same name that is killed before it has looked still has its predecessor's claims. */
    @Test
    void aCallIsLostOnceThoughItsClaimOutlivesSeveralKills() {
        assertThat(losses.killed(T0.plusSeconds(1), Set.of(FIRST, OTHER))).isEqualTo(2);
        assertThat(losses.killed(T0.plusSeconds(2), Set.of(FIRST))).isZero();
        assertThat(losses.killed(T0.plusSeconds(10), Set.of(AGAIN))).isEqualTo(1);

        assertThat(losses.kills()).isEqualTo(3);
        assertThat(losses.inFlight()).isEqualTo(3);
    }

    @Test
    void aPauseExcusesAsAKillDoesAndACrashDoesNot() {
        assertThat(losses.paused(T0, Set.of(FIRST))).isEqualTo(1);
        losses.crashed();

        assertThat(losses.pauses()).isEqualTo(new Pauses(1, 0));
        assertThat(losses.crashes()).isEqualTo(1);
        assertThat(losses.inFlight()).isEqualTo(1);
    }

    @Test
    void onlyAPauseThatTheGroupDidNotWaitForMakesAZombie() {
        losses.paused(T0, Set.of());
        losses.paused(T0.plusSeconds(20), Set.of());
        losses.takenForDead();

        assertThat(losses.pauses()).isEqualTo(new Pauses(2, 1));
    }

    @Test
    void eachLossExcusesOneCallOfItsOwnJob() {
        losses.killed(T0.plusSeconds(1), Set.of(FIRST));
        losses.paused(T0.plusSeconds(11), Set.of(AGAIN));

        assertThat(unexcused("a", 3)).isZero();
        assertThat(unexcused("a", 4)).isEqualTo(1);
        assertThat(unexcused("b", 2)).isEqualTo(1);
    }

    /** Of one job for which the provider has billed so many calls. */
    private int unexcused(String job, int calls) {
        var evidence = new Evidence();
        evidence.published(job, "a picture");
        evidence.billed("a picture", calls);
        losses.testify(evidence);
        return Judge.judge(evidence, EnumSet.of(Breach.OVERPAID)).unexcused();
    }
}
