package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.awt.Color;
import java.awt.GradientPaint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job with a parent edits the image of another job. */
@Timeout(60)
class EditTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final JobId PARENT = JobId.of("acme", "parent");
    private static final String EDIT = "'idempotencyKey':'edit','parent':'" + PARENT + "'";
    private static final byte[] ONE = drawing(Color.RED);
    private static final byte[] TWO = drawing(Color.GREEN);
    private static final byte[] THREE = drawing(Color.YELLOW);
    private static final String SHOE = "inputs/acme/shoe.png";
    private static final String WITH_SHOE = ",'references':[{'uri':'s3://renderfleet/" + SHOE + "','role':'product'}]";

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Slots slots = new Slots(1);
    private final RunnerFixture fixture = new RunnerFixture(store, clock, slots);
    private Consumer<Duration> waiting = _ -> {};
    private @Nullable Spool spool;
    private @Nullable ScriptedModel scripted;
    private @Nullable JobRunner built;

    @BeforeEach
    void build() {
        store.putBytes(SHOE, TestPictures.png(64, 64));
        spool = Spool.open(spoolFolder);
        scripted = new ScriptedModel(spool, clock);
        built = fixture.runner("worker-a", spool, Map.of("gemini", scripted, "vertex", scripted), wait -> {
            clock.advance(wait);
            waiting.accept(wait);
            return true;
        });
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(SpoolFolders.files(spoolFolder)).isEmpty();
        assertThat(slots.used()).isZero();
    }

    @Test
    void hasTheFirstImageOfItsParentAsItsFirstReference() {
        model().thenDraws(ONE, TWO).thenDraws(THREE);
        completed("'idempotencyKey':'parent','output':{'count':2}");

        RenderCompleted event = completed(EDIT + WITH_SHOE);

        assertThat(event.edit()).isEqualTo(new ParentEdit(PARENT.value(), ParentEdit.REFERENCE));
        assertThat(model().calls().getLast().references()).containsExactly(ONE, TestPictures.png(64, 64));
        assertThat(request().references().get(0).role())
                .as("no role of a reference: it is what the prompt edits")
                .isNull();
        assertThat(request().references().get(1).role()).isEqualTo(ReferenceRole.PRODUCT);
    }

    @Test
    void waitsForAParentThatRuns() {
        Claim running = claimOfParent("acme");
        waiting = _ -> {
            if (clock.instant().isAfter(NOW.plusSeconds(60)) && model().calls().isEmpty()) {
                fixture.ledger("worker-b").park(running, running.history(), null);
                waiting = _ -> {};
                completed("'idempotencyKey':'parent'");
            }
        };

        RenderCompleted event = completed(EDIT);

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn");
        assertThat(model().calls()).hasSize(2);
        assertThat(model().calls().getLast().references()).containsExactly(ScriptedModel.PICTURE);
    }

    @Test
    void aDeadlineEndsTheWaitForTheParent() {
        claimOfParent("acme");

        RenderRejected event = rejected(EDIT + ",'deadline':'" + NOW.plusSeconds(30) + "'");

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
        assertThat(event.message()).contains("parent");
        assertThat(clock.instant()).isBetween(NOW.plusSeconds(30), NOW.plusSeconds(31));
    }

    @Test
    void aParentWithoutAnOutcomeIsNotWaitedForForever() {
        claimOfParent("acme");

        assertThat(rejected(EDIT).message()).contains("no outcome for 24 hours");
    }

    /** A tenant must not learn of jobs of other tenants in any state. */
    @Test
    void aForeignParentIsAsOneThatDoesNotExist() {
        RenderRejected absent = rejected(EDIT);

        claimOfParent("other");
        assertThat(rejected(EDIT)).as("it runs").usingRecursiveComparison().isEqualTo(absent);
        assertThat(clock.instant()).as("answered at once").isEqualTo(NOW);

        forget();
        model().thenDraws(ONE);
        completed("'tenant':'other','idempotencyKey':'theirs'");
        assertThat(rejected(EDIT.replace(
                                PARENT.value(), JobId.of("other", "theirs").value()))
                        .message())
                .as("it has completed")
                .isEqualTo(absent.message()
                        .replace(PARENT.value(), JobId.of("other", "theirs").value()));

        assertThat(absent.code()).isEqualTo(FailureCode.REFERENCE_UNAVAILABLE);
        assertThat(absent.retryable()).isTrue();
        assertThat(absent.field()).isEqualTo("parent");
        assertThat(model().calls()).hasSize(1);
    }

    @Test
    void aParentThatFailedRejectsTheJobBeforeAnyCall() {
        model().then(FailureKind.INPUT_REFUSED, null);
        outcome("'idempotencyKey':'parent'");

        RenderRejected event = rejected(EDIT);

        assertThat(event.code()).isEqualTo(FailureCode.REFERENCE_UNAVAILABLE);
        assertThat(event.message()).contains("failed with input_refused");
        assertThat(model().calls()).hasSize(1);
    }

    @Test
    void aDeletedImageOfTheParentRejectsTheJob() {
        RenderCompleted parent = completed("'idempotencyKey':'parent'");
        store.delete(parent.images().getFirst().key());

        assertThat(rejected(EDIT).field()).isEqualTo("parent");
        assertThat(rejected(EDIT).message()).isEqualTo("parent there is no such object");
    }

    @Test
    void theJobsOwnReferencesKeepTheirNumbers() {
        completed("'idempotencyKey':'parent'");
        store.delete(SHOE);

        assertThat(rejected(EDIT + WITH_SHOE).field()).isEqualTo("references[0].uri");
    }

    @Test
    void aBudgetCoversTheImageOfTheParent() {
        completed("'idempotencyKey':'parent'");

        RenderRejected event = rejected(EDIT + ",'budget':{'maxUsdMicros':96000}");

        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(completed("'idempotencyKey':'plain','budget':{'maxUsdMicros':96000}")
                        .edit())
                .isNull();
    }

    @Test
    void continuesTheSessionOfItsParent() {
        model().then(_ -> reply(ONE, "sig-1")).then(_ -> reply(TWO, "sig-2")).then(_ -> reply(THREE, "sig-3"));
        completed("'idempotencyKey':'parent','labels':{'locale':'de-DE'}" + WITH_SHOE);

        RenderCompleted edit = completed(EDIT);

        assertThat(edit.edit()).isEqualTo(new ParentEdit(PARENT.value(), ParentEdit.SESSION));
        assertThat(model().calls().getLast().references()).isEmpty();
        assertThat(request().earlier()).singleElement().satisfies(turn -> {
            assertThat(turn.prompt()).isEqualTo("A red vase");
            assertThat(turn.locale()).isEqualTo("de-DE");
            assertThat(turn.references())
                    .extracting(DrawRequest.ReferencePicture::role)
                    .containsExactly(ReferenceRole.PRODUCT);
            assertThat(turn.picture().bytes()).isEqualTo(ONE.length);
            assertThat(turn.reply()).containsExactly(new ReplyPart("Here it is.", "t"), new ReplyPart(null, "sig-1"));
        });

        RenderCompleted third = completed("'idempotencyKey':'third','parent':'" + JobId.of("acme", "edit") + "'");
        assertThat(third.edit())
                .isEqualTo(new ParentEdit(JobId.of("acme", "edit").value(), ParentEdit.SESSION));
        assertThat(request().earlier())
                .extracting(turn -> turn.reply().getLast().signature())
                .containsExactly("sig-1", "sig-2");
    }

    /** Each row: what makes the session unusable. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "deleted",
                "unreadable",
                "of another model",
                "of another platform",
                "its reference is gone",
                "too many pictures"
            })
    void editsTheImageAsAReferenceWhereTheSessionIsGone(String why) {
        model().then(_ -> reply(ONE, "sig-1")).then(_ -> reply(TWO, "sig-2"));
        completed("'idempotencyKey':'parent'" + WITH_SHOE);
        String session = store.keys("sessions/acme/" + PARENT + "/").getFirst();
        String fields = EDIT;
        switch (why) {
            case "deleted" -> store.delete(session);
            case "unreadable" -> store.putBytes(session, "{".getBytes(StandardCharsets.UTF_8));
            case "of another model" -> fields += ",'model':'nano-banana-pro'";
            case "of another platform" -> fields += ",'model':'vertex-nano-banana'";
            case "its reference is gone" -> store.delete(SHOE);
            default ->
                fields += ",'references':["
                        + "{'uri':'s3://renderfleet/inputs/acme/other.png','role':'style'},".repeat(12)
                        + "{'uri':'s3://renderfleet/inputs/acme/other.png','role':'style'}]";
        }
        store.putBytes("inputs/acme/other.png", TestPictures.png(32, 32));

        RenderCompleted event = completed(fields);

        assertThat(event.edit()).isEqualTo(new ParentEdit(PARENT.value(), ParentEdit.REFERENCE));
        assertThat(request().earlier()).isEmpty();
        assertThat(model().calls().getLast().references().getFirst()).isEqualTo(ONE);
    }

    @Test
    void aSessionThatTheProviderRefusesIsNotContinuedAgain() {
        model().then(_ -> reply(ONE, "sig-1"))
                .then(FailureKind.SESSION_REFUSED, null)
                .then(_ -> reply(TWO, "sig-2"));
        completed("'idempotencyKey':'parent'");

        RenderCompleted event = completed(EDIT);

        assertThat(event.edit()).isEqualTo(new ParentEdit(PARENT.value(), ParentEdit.REFERENCE));
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("request_invalid", "drawn");
        assertThat(model().calls().getLast().references()).containsExactly(ONE);
    }

    private static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** The image is stored and paid for once. */
    @Test
    void aCrashBeforeTheSessionIsKeptCostsTheSessionOnly() {
        Spool open = Objects.requireNonNull(spool);
        model().then(_ -> reply(ONE, "sig-1")).then(_ -> reply(TWO, "sig-2"));
        fixture.failpoints(reached -> {
            if (reached == Failpoint.STORED) {
                throw new Death();
            }
        });
        JobRunner dying = fixture.runner("worker-a", open, model(), _ -> true);
        assertThatThrownBy(() -> dying.run(fixture.job("'idempotencyKey':'parent'", "render.jobs/0/1")))
                .isInstanceOf(Death.class);
        fixture.paid("worker-a/2", open).storeFromSpool(_ -> false);

        RenderCompleted event = completed(EDIT);

        assertThat(event.edit()).isEqualTo(new ParentEdit(PARENT.value(), ParentEdit.REFERENCE));
        assertThat(model().calls()).hasSize(2);
        assertThat(model().calls().getLast().references()).containsExactly(ONE);
    }

    @Test
    void aSessionThatCannotBeKeptCostsNothingButItself() {
        model().then(_ -> reply(ONE, "s".repeat(300_000)));

        completed("'idempotencyKey':'parent'");

        assertThat(store.keys("sessions/")).isEmpty();
    }

    private Claim claimOfParent(String tenant) {
        AcceptedJob parent = fixture.job("'idempotencyKey':'parent'", "render.jobs/0/1");
        var call = new PendingCall("gemini-nano-banana-2.1", Stage.SENT, NOW, 100_000);
        ClaimResult result = fixture.ledger("worker-b")
                .claim(PARENT, parent.fingerprint(), parent.submission().of(tenant), Duration.ofDays(2), call);
        return ((ClaimResult.Granted) result).claim();
    }

    private void forget() {
        store.keys("ledger/").forEach(store::delete);
    }

    private Drawn reply(byte[] picture, String signature) {
        Drawn plain = model().drawn(picture);
        List<DrawnPicture> pictures = plain.pictures().stream()
                .map(drawn -> new DrawnPicture(
                        drawn.file(),
                        drawn.claimedMime(),
                        drawn.draft(),
                        List.of(new ReplyPart("Here it is.", "t"), new ReplyPart(null, signature))))
                .toList();
        return new Drawn(pictures, plain.usage(), plain.modelVersion(), plain.responseId());
    }

    private static byte[] drawing(Color colour) {
        return ScriptedModel.png(1024, 1024, new GradientPaint(0, 0, colour, 1024, 1024, Color.BLUE));
    }

    private ScriptedModel model() {
        return Objects.requireNonNull(scripted);
    }

    private DrawRequest request() {
        return model().calls().getLast().request();
    }

    private RenderEvent outcome(String fields) {
        AcceptedJob job = fixture.job(fields, "render.jobs/0/7");
        return ((JobResult.Outcome) Objects.requireNonNull(built).run(job)).event();
    }

    private RenderCompleted completed(String fields) {
        return (RenderCompleted) outcome(fields);
    }

    private RenderRejected rejected(String fields) {
        RenderRejected event = (RenderRejected) outcome(fields);
        store.delete("ledger/" + event.job().jobId() + ".json");
        return event;
    }
}
