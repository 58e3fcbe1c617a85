package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.audit.Judge;
import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import dev.renderfleet.testbed.chaos.KillLog.Pauses;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What kills and pauses excuse, and no more. */
class KillLogTest {

    private static final Instant T0 = Instant.parse("2026-11-28T12:00:00Z");
    private static final InFlightCall FIRST = new InFlightCall("a", T0);
    private static final InFlightCall AGAIN = new InFlightCall("a", T0.plusSeconds(9));
    private static final InFlightCall OTHER = new InFlightCall("b", T0);

    private final KillLog killLog = new KillLog();

    /** A successor of the same name that is killed before it has looked still has its predecessor's claims. */
    @Test
    void aCallIsLostOnceThoughItsClaimOutlivesSeveralKills() {
        assertThat(killLog.killed(T0.plusSeconds(1), Set.of(FIRST, OTHER))).isEqualTo(2);
        assertThat(killLog.killed(T0.plusSeconds(2), Set.of(FIRST))).isZero();
        assertThat(killLog.killed(T0.plusSeconds(10), Set.of(AGAIN))).isEqualTo(1);

        assertThat(killLog.kills()).isEqualTo(3);
        assertThat(killLog.inFlight()).isEqualTo(3);
    }

    @Test
    void aPauseExcusesAsAKillDoesAndACrashDoesNot() {
        assertThat(killLog.paused(T0, Set.of(FIRST))).isEqualTo(1);
        killLog.crashed();

        assertThat(killLog.pauses()).isEqualTo(new Pauses(1, 0));
        assertThat(killLog.crashes()).isEqualTo(1);
        assertThat(killLog.inFlight()).isEqualTo(1);
    }

    @Test
    void onlyAPauseThatTheGroupDidNotWaitForMakesAZombie() {
        killLog.paused(T0, Set.of());
        killLog.paused(T0.plusSeconds(20), Set.of());
        killLog.expiredWhilePaused();

        assertThat(killLog.pauses()).isEqualTo(new Pauses(2, 1));
    }

    @Test
    void eachLossExcusesOneCallOfItsOwnJob() {
        killLog.killed(T0.plusSeconds(1), Set.of(FIRST));
        killLog.paused(T0.plusSeconds(11), Set.of(AGAIN));

        assertThat(unexcused("a", 3)).isZero();
        assertThat(unexcused("a", 4)).isEqualTo(1);
        assertThat(unexcused("b", 2)).isEqualTo(1);
    }

    /** Of one job for which the provider has billed so many calls. */
    private int unexcused(String job, int calls) {
        var evidence = new Evidence();
        evidence.addRecord(job, "a picture");
        evidence.addBill("a picture", calls);
        killLog.addTo(evidence);
        return Judge.judge(evidence, EnumSet.of(Breach.OVERPAID)).unexcused();
    }
}
