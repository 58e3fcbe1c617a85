package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.pictures.SpoolFolders;
import java.awt.Color;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that the check refuses, and remarks on those that it accepts. */
@Timeout(60)
class InvalidPicturesTest extends JobScenario {

    @ParameterizedTest
    @ValueSource(strings = {"wrong ratio", "truncated", "not a picture"})
    void invalidPicturesAreRetriedOnceAndNeverStored(String fault) {
        AcceptedJob job = job("'output':{'aspectRatio':'" + (fault.equals("wrong ratio") ? "16:9" : "1:1") + "'}");
        model.thenDraws(invalid(fault));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(FailureCode.RESULT_INVALID);
        assertThat(event.attempts()).hasSize(2);
        assertThat(event.cost().usdMicros()).isEqualTo(2 * DRAWN);
        assertThat(store.keys("assets/")).isEmpty();
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
        String key = quarantineKey(job, invalid(fault));
        assertThat(event.attempts())
                .allSatisfy(attempt -> assertThat(attempt.quarantined()).containsExactly(key));
        assertThat(store.bytes(key)).as("byte for byte").isEqualTo(invalid(fault));
    }

    private static String quarantineKey(AcceptedJob job, byte[] picture) {
        String extension = new String(picture, StandardCharsets.ISO_8859_1).startsWith("\u0089PNG") ? ".png" : "";
        return "quarantine/acme/" + job.id() + "/" + Sha256.hex(picture) + extension;
    }

    @Test
    void aRefusedPictureIsKeptWhileStorageIsUnavailable() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.TRUNCATED);
        });
        model.thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job);

        String key = quarantineKey(job, ScriptedModel.TRUNCATED);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.attempts().getFirst().quarantined()).containsExactly(key);
        assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED);
    }

    /** A crash while it waits must not cost the valid one. */
    @Test
    void aValidPictureIsKeptBeforeAnInvalidOneOfItsAnswerIsStored() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.TRUNCATED, ScriptedModel.PICTURE);
        });
        storeWaits.during = () -> assertThat(SpoolFolders.files(spoolFolder))
                .anyMatch(file -> file.toString().endsWith(".note"));

        RenderCompleted event = completed(job);

        String key = quarantineKey(job, ScriptedModel.TRUNCATED);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.attempts().getFirst().quarantined()).containsExactly(key);
        assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED);
    }

    /** Two jobs with two calls each, and one call: what the provider draws wrong is not paid for again until the hold ends. */
    @Test
    void theSameRefusalInARowHoldsTheModel() throws Exception {
        model.thenDraws(ScriptedModel.png(1100, 1024, Color.PINK));
        String square = "'output':{'aspectRatio':'1:1'},'idempotencyKey':";
        failed(job(square + "'one'"));
        failed(job(square + "'two'"));
        assertThat(fixture.limiter().states())
                .allSatisfy(state -> assertThat(state.heldUntil()).isNull());

        AcceptedJob third = job(square + "'three'");
        Thread waiting = Thread.startVirtualThread(() -> runner.run(third));
        Awaitility.await().until(() -> waiting() == 1);
        AcceptedJob fourth = job(square + "'four'");
        Thread another = Thread.startVirtualThread(() -> runner.run(fourth));
        Awaitility.await().until(() -> waiting() == 2);
        waiting.interrupt();
        another.interrupt();
        waiting.join();
        another.join();

        assertThat(model.calls()).hasSize(5);
        assertThat(fixture.limiter().states()).singleElement().satisfies(state -> {
            assertThat(state.heldUntil()).isNotNull();
            assertThat(state.reason()).isEqualTo(FailureCode.RESULT_INVALID);
        });
    }

    private int waiting() {
        return fixture.limiter().states().stream()
                .filter(state -> state.heldUntil() != null)
                .mapToInt(ModelState::waiting)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"not a picture", "truncated"})
    void aValidPictureAfterAnInvalidOneIsTheOutcome(String fault) {
        model.thenDraws(invalid(fault)).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("result_invalid", "drawn");
        assertThat(event.cost().usdMicros()).isEqualTo(2 * DRAWN);
        assertThat(store.keys("assets/")).hasSize(1);
    }

    @Test
    void aPlainBackdropIsTheOutcomeWithARemark() {
        model.thenDraws(ScriptedModel.BLANK);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.detail()).isEqualTo("of one colour"));
        assertThat(store.keys("assets/")).hasSize(1);
    }

    /** 1,408 × 768 is 3.1 % off; the model's tolerance is 4 %. */
    @Test
    void theRatioIsJudgedByTheModelsTolerance() {
        model.thenDraws(ScriptedModel.png(1408, 768, Color.PINK));

        assertThat(completed(job("'output':{'aspectRatio':'16:9'}")).images()).hasSize(1);

        fixture.modelHas("ratio-tolerance: 0.02");
        runner = runner("worker-a", waits);
        assertThat(failed(job("'output':{'aspectRatio':'16:9'},'idempotencyKey':'strict'"))
                        .code())
                .isEqualTo(FailureCode.RESULT_INVALID);
    }

    /** The provider's last picture is preferred, and comes first. */
    @Test
    void ofSeveralPicturesTheFirstValidOneIsTheOutcome() {
        model.thenDraws(ScriptedModel.TRUNCATED, ScriptedModel.PICTURE, ScriptedModel.BLANK);

        RenderCompleted event = completed(job(""));

        assertThat(event.images())
                .singleElement()
                .satisfies(image -> assertThat(image.sha256()).isEqualTo(Sha256.hex(ScriptedModel.PICTURE)));
        assertThat(event.attempts())
                .singleElement()
                .satisfies(
                        attempt -> assertThat(attempt.detail()).isEqualTo("image 2 of 3, the later ones are invalid"));
        assertThat(event.attempts().getFirst().quarantined())
                .singleElement()
                .satisfies(key -> assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED));
    }
}
