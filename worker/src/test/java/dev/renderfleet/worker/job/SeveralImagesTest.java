package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.providers.FailureKind;
import java.awt.Color;
import java.awt.GradientPaint;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs that want several images. */
class SeveralImagesTest extends JobScenario {

    private static final String THREE = "'output':{'count':3}";
    private static final byte[] ONE = ScriptedModel.PICTURE;
    private static final byte[] TWO = drawing(Color.RED);
    private static final byte[] OTHER = drawing(Color.GREEN);

    @Test
    void comeOfOneCallWhereTheModelDrawsSeveral() {
        model.thenDraws(ONE, TWO, OTHER);

        RenderCompleted event = (RenderCompleted) outcome(THREE);

        assertStored(event, ONE, TWO, OTHER);
        assertThat(model.calls())
                .extracting(call -> call.request().output().count())
                .containsExactly(3);
        assertThat(event.attempts()).hasSize(1);
    }

    @Test
    void comeOfOneCallEachWhereItDrawsOne() {
        model.thenDraws(ONE).thenDraws(TWO).thenDraws(OTHER);

        RenderCompleted event = (RenderCompleted) outcome(THREE);

        assertStored(event, ONE, TWO, OTHER);
        assertThat(event.attempts())
                .extracting(Attempt::outcome)
                .containsOnly("drawn")
                .hasSize(3);
        assertThat(event.cost().usdMicros())
                .isEqualTo(
                        event.attempts().stream().mapToLong(Attempt::usdMicros).sum());
        assertThat(event.usage().totalTokens()).isEqualTo(3 * ScriptedModel.USAGE.totalTokens());
    }

    @Test
    void anInvalidOneIsDrawnAgainAndTheOthersAreNot() {
        model.thenDraws(ONE, ScriptedModel.TRUNCATED, TWO).thenDraws(OTHER);

        RenderCompleted event = (RenderCompleted) outcome(THREE);

        assertStored(event, ONE, TWO, OTHER);
        assertThat(model.calls())
                .extracting(call -> call.request().output().count())
                .containsExactly(3, 1);
        assertThat(event.attempts().getFirst().quarantined()).hasSize(1);
        assertThat(event.attempts().getFirst().detail()).isEqualTo("1 of 3 images are invalid");
    }

    @Test
    void someAreAnOutcomeIfTheRestFails() {
        model.thenDraws(ONE, TWO).then(FailureKind.INPUT_REFUSED, null);

        RenderCompleted event = (RenderCompleted) outcome(THREE);

        assertStored(event, ONE, TWO);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn", "input_refused");
        assertThat(event.cost().usdMicros())
                .as("the refused call too")
                .isEqualTo(
                        event.attempts().stream().mapToLong(Attempt::usdMicros).sum());
    }

    @Test
    void noneIsAFailure() {
        model.then(FailureKind.INPUT_REFUSED, null);

        assertThat(outcome(THREE))
                .isInstanceOfSatisfying(
                        RenderFailed.class, failed -> assertThat(failed.code()).isEqualTo(FailureCode.INPUT_REFUSED));
    }

    @Test
    void aDeadlineBetweenTheCallsKeepsThoseThatAreStored() {
        model.thenDraws(ONE);

        RenderCompleted event = (RenderCompleted)
                outcome(THREE + ",'deadline':'" + NOW.plus(ScriptedModel.CALL).minusSeconds(1) + "'");

        assertStored(event, ONE);
        assertThat(model.calls()).hasSize(1);
    }

    /** The paid ones are in the spool, and the next worker asks for the rest only. */
    @ParameterizedTest
    @EnumSource(names = {"KEPT", "STORED", "ENDED"})
    void aCrashBetweenTheCallsLosesNone(Failpoint point) throws Exception {
        model.thenDraws(ONE, ScriptedModel.TRUNCATED, TWO);
        fixture.failpoints(Death.at(point));
        members.put("worker-a", MemberStatus.ACTIVE);
        JobRunner dying = fixture.runner("worker-a", spool, model, _ -> true);
        assertThatThrownBy(() -> dying.run(fixture.job(THREE, RECORD))).isInstanceOf(Death.class);
        fixture.failpoints(Failpoints.NONE);
        members.put("worker-a", MemberStatus.EXPIRED);
        fixture.paid("worker-a/2", spool).storeFromSpool(_ -> false);
        model = new ScriptedModel(spool, clock).thenDraws(OTHER);

        RenderCompleted event = (RenderCompleted) outcome(THREE);

        assertStored(event, ONE, TWO, OTHER);
        assertThat(model.calls())
                .extracting(call -> call.request().output().count())
                .containsExactly(1);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn", "drawn");
        assertThat(Objects.requireNonNullElse(event.attempts().getFirst().quarantined(), List.<String>of()))
                .as("pictures in quarantine that the event names")
                .hasSize(point == Failpoint.ENDED ? 1 : 0)
                .allSatisfy(key -> assertThat(store.bytes(key)).isNotNull());
    }

    private static byte[] drawing(Color colour) {
        return ScriptedModel.png(1024, 1024, new GradientPaint(0, 0, colour, 1024, 1024, Color.BLUE));
    }

    private void assertStored(RenderCompleted event, byte[]... pictures) {
        assertThat(event.images())
                .extracting(Image::key)
                .extracting(store::bytes)
                .containsExactlyElementsOf(List.of(pictures));
    }

    private RenderEvent outcome(String fields) {
        members.put("worker-b", MemberStatus.ACTIVE);
        JobRunner runner = runner("worker-b", waits);
        JobResult result = runner.run(fixture.job(fields, RECORD));
        assertThat(result).isInstanceOf(JobResult.Outcome.class);
        return ((JobResult.Outcome) result).event();
    }
}
