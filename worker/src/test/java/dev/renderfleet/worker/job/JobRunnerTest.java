package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.providers.FailureKind;
import java.awt.Color;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One job from its record to its outcome, alone and beside others. */
@Timeout(60)
class JobRunnerTest extends JobScenario {

    @Test
    void aJobYieldsPictureCostAndLatency() {
        AcceptedJob job = job("");
        clock.advance(Duration.ofSeconds(3));

        RenderCompleted event = completed(job);

        String sha256 = Sha256.hex(ScriptedModel.PICTURE);
        assertThat(event.images()).singleElement().satisfies(image -> {
            assertThat(image.bucket()).isEqualTo("renderfleet");
            assertThat(image.key()).isEqualTo("assets/acme/" + job.id() + "/" + sha256 + ".png");
            assertThat(image.sha256()).isEqualTo(sha256);
            assertThat(image.bytes()).isEqualTo(ScriptedModel.PICTURE.length);
            assertThat(image.width()).isEqualTo(1024);
            assertThat(store.bytes(image.key())).isEqualTo(ScriptedModel.PICTURE);
        });
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(event.cost().priceTable()).isEqualTo(CATALOGUE.version());
        assertThat(event.usage()).isEqualTo(ScriptedModel.USAGE);
        assertThat(event.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.number()).isEqualTo(1);
            assertThat(attempt.outcome()).isEqualTo("drawn");
            assertThat(attempt.model()).isEqualTo("gemini-nano-banana-2.1");
            assertThat(attempt.durationMillis()).isEqualTo(ScriptedModel.CALL.toMillis());
            assertThat(attempt.requestId()).isEqualTo("answer-1");
            assertThat(attempt.usdMicros()).isEqualTo(DRAWN);
        });
        assertThat(event.model().requested()).isEqualTo("nano-banana");
        assertThat(event.provenance().modelVersion()).isEqualTo("nano-banana-2.1-001");
        // Published 2 s before it was taken, 3 s until it was called, 7 s at the model.
        assertThat(event.latency()).isEqualTo(new Latency(2_000, 3_000, 7_000, 0, 12_000));
        assertThat(event.replay()).isFalse();
        assertThat(watched).isEqualTo(event.attempts());
        assertThat(entry(job)).isInstanceOfSatisfying(LedgerEntry.Rendered.class, rendered -> {
            assertThat(rendered.outcome()).isEqualTo(event);
            assertThat(rendered.record()).isEqualTo(RECORD);
        });
    }

    @Test
    void theRequestCarriesTheJobsFields() {
        completed(job("'seed':5,'thinking':'high','labels':{'locale':'de-DE'},'output':{'aspectRatio':'1:1'}"));

        var request = model.calls().getFirst().request();
        assertThat(request.model()).isEqualTo("gemini-nano-banana-2.1");
        assertThat(request.prompt()).isEqualTo("A red vase");
        assertThat(request.output().aspectRatio()).isEqualTo("1:1");
        assertThat(request.seed()).isEqualTo(5L);
        assertThat(request.locale()).isEqualTo("de-DE");
        assertThat(request.timeout()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aDuplicateIsReplayedWithoutACall() {
        RenderCompleted first = completed(job(""));

        RenderCompleted again = completed(job("", LATER_RECORD));
        RenderCompleted redelivered = completed(job(""));

        assertThat(again.replay()).isTrue();
        assertThat(again.images()).isEqualTo(first.images());
        assertThat(again.cost()).isEqualTo(first.cost());
        assertThat(redelivered).isEqualTo(first);
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void anotherJobUnderTheSameKeyIsAConflictWithoutACall() {
        completed(job(""));

        assertThat(rejected(job("'seed':1", LATER_RECORD)).code()).isEqualTo(FailureCode.IDEMPOTENCY_CONFLICT);
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void anUnknownFieldAtTheTopIsRemarked() {
        model.thenDraws(ScriptedModel.PICTURE);

        assertThat(completed(job("'refrences':[],'zoom':2"))
                        .attempts()
                        .getLast()
                        .detail())
                .contains("unknown fields of the job had no effect: refrences, zoom");
    }

    /** Otherwise the image would be paid and not be what was ordered. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'callback':'https://hooks.example.com/x'",
                "'output':{'sise':'4K'}",
                "'references':[{'uri':'s3://acme-input/a.png','role':'style','weight':1}]"
            })
    void whatAWorkerCannotDoIsRejectedBeforeACall(String fields) {
        RenderRejected event = rejected(job(fields));

        assertThat(event.code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(event.field()).isNotBlank();
        assertThat(event.message()).contains("leave ");
        assertThat(model.calls()).isEmpty();
    }

    /** Other workers can render some of its jobs, and get them with its partitions. */
    @Test
    void aWorkerThatLacksAProviderOfTheFleetRejectsNothing() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 2;

        assertThat(runner.run(job("'model':'proof'"))).isInstanceOf(JobResult.Released.class);
        assertThat(waits.waited).hasSize(3);
        assertThat(store.keys("")).isEmpty();
    }

    /** It may be alone: no other worker would ever end the job. */
    @Test
    void aWorkerThatLacksAProviderRejectsWhatNoProviderCouldRender() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 2;

        assertThat(rejected(job("'model':'no-such-model'")).code()).isEqualTo(FailureCode.UNKNOWN_MODEL);
        assertThat(rejected(job("'callback':'https://hooks.example.com/x'")).code())
                .isEqualTo(FailureCode.UNSUPPORTED);
    }

    @Test
    void theWorkerThatTookTheJobOverDecidesTheOutcome() {
        AcceptedJob job = job("");
        var theirs = new ArrayList<RenderEvent>();
        model.then(_ -> {
            clock.advance(LEASE.plusSeconds(1));
            Ledger other = ledger("worker-b");
            Claim taken = claim(other, job);
            RenderEvent outcome = OutcomeEvents.failed(
                    job, FailureCode.NO_IMAGE, "theirs", null, taken.history(), CATALOGUE.version());
            assertThat(end(other, taken, taken.history(), outcome, RECORD, clock.instant()))
                    .isInstanceOf(UpdateResult.Updated.class);
            theirs.add(outcome);
            return model.drawn(ScriptedModel.PICTURE);
        });

        RenderEvent event = outcome(job);

        assertThat(event).isEqualTo(theirs.getFirst());
        assertThat(model.calls()).hasSize(1);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
    }

    @Test
    void aJobClaimedByAnotherWorkerWaitsAndReplaysItsOutcome() {
        AcceptedJob job = job("");
        Ledger other = ledger("worker-b");
        Claim theirs = claim(other, job);
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> {
            slotsWhileWaiting.add(slots.used());
            if (slotsWhileWaiting.size() == 3) {
                end(
                        other,
                        theirs,
                        History.NONE,
                        OutcomeEvents.failed(job, FailureCode.INPUT_REFUSED, "theirs", null, History.NONE, "v"),
                        RECORD,
                        clock.instant());
            }
        };

        assertThat(failed(job).message()).isEqualTo("theirs");
        assertThat(model.calls()).isEmpty();
        assertThat(slotsWhileWaiting).containsExactly(0, 0, 0);
    }

    @Test
    void twoConcurrentRecordsOfAJobInOneWorkerMakeOneCall() throws Exception {
        var calling = new CountDownLatch(1);
        var secondWaits = new CountDownLatch(1);
        var firstIsDone = new CountDownLatch(1);
        model.then(_ -> {
            calling.countDown();
            await(secondWaits);
            return model.drawn(ScriptedModel.PICTURE);
        });
        JobRunner second = runner("worker-a", _ -> {
            secondWaits.countDown();
            await(firstIsDone);
            return true;
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> outcome(job("")));
            await(calling);
            var other = threads.submit(() -> second.run(job("", LATER_RECORD)));

            RenderEvent firstOutcome = first.get(20, TimeUnit.SECONDS);
            firstIsDone.countDown();
            JobResult otherResult = other.get(20, TimeUnit.SECONDS);

            assertThat(firstOutcome).isInstanceOf(RenderCompleted.class);
            assertThat(otherResult)
                    .isInstanceOfSatisfying(
                            JobResult.Outcome.class,
                            outcome -> assertThat(outcome.event())
                                    .isInstanceOfSatisfying(RenderCompleted.class, replay -> {
                                        assertThat(replay.replay()).isTrue();
                                        assertThat(replay.images())
                                                .isEqualTo(((RenderCompleted) firstOutcome).images());
                                    }));
        }
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void aDrainReleasesAJobBetweenAttemptsAsParked() {
        AcceptedJob job = job("");
        waits.leavesAfter = 0;
        model.then(FailureKind.NO_IMAGE, null).thenDraws(ScriptedModel.PICTURE);

        assertThat(runner.run(job)).isInstanceOf(JobResult.Released.class);

        assertThat(entry(job))
                .isInstanceOfSatisfying(
                        LedgerEntry.Parked.class,
                        parked -> assertThat(parked.history().usdMicros()).isEqualTo(NOT_DRAWN));
        runner = runner("worker-b", new Waits());
        RenderCompleted event = completed(job);
        assertThat(event.attempts()).extracting(Attempt::number).containsExactly(1, 2);
        assertThat(event.cost().usdMicros()).isEqualTo(NOT_DRAWN + DRAWN);
    }

    @Test
    void aDrainReleasesWaitingJobsAtOnceAndFinishesTheRunningOne() throws Exception {
        var drain = new Drain();
        JobRunner leaving = runner("worker-a", drain);
        var calling = new CountDownLatch(1);
        var drained = new CountDownLatch(1);
        model.then(FailureKind.OVERLOADED, Duration.ofHours(5)).then(_ -> {
            calling.countDown();
            await(drained);
            return model.drawn(ScriptedModel.PICTURE);
        });
        AcceptedJob waiting = job("'idempotencyKey':'waiting'");
        AcceptedJob running = job("'idempotencyKey':'running'");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waits = threads.submit(() -> leaving.run(waiting));
            Awaitility.await()
                    .until(() -> store.bytes(key(waiting)) != null && entry(waiting) instanceof LedgerEntry.Parked);
            var runs = threads.submit(() -> leaving.run(running));
            await(calling);

            slots.close();
            drain.begin();

            assertThat(waits.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Released.class);
            assertThat(entry(waiting)).isInstanceOf(LedgerEntry.Parked.class);
            assertThat(runs.isDone()).isFalse();
            drained.countDown();
            assertThat(runs.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Outcome.class);
            assertThat(entry(running)).isInstanceOf(LedgerEntry.Rendered.class);
        }
        AcceptedJob untouched = job("'idempotencyKey':'untouched'");
        assertThat(leaving.run(untouched)).isInstanceOf(JobResult.Released.class);
        assertThat(store.bytes(key(untouched))).isNull();
    }

    @Test
    void aJobThatWaitsForASlotIsReleasedWithoutALedgerEntry() throws Exception {
        slots.acquire();
        slots.acquire();
        AcceptedJob job = job("");
        var result = CompletableFuture.supplyAsync(() -> runner.run(job), Thread::startVirtualThread);

        slots.close();

        assertThat(result.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Released.class);
        assertThat(store.keys("")).isEmpty();
        slots.release();
        slots.release();
    }

    @Test
    void referencesReachTheModelInOrderAndLeaveTheSpool() {
        byte[] shoe = ScriptedModel.png(64, 64, Color.RED);
        byte[] scene = ScriptedModel.png(32, 32, Color.GREEN);
        store.putBytes("inputs/acme/shoe.png", shoe);
        store.putBytes("assets/acme/scene.png", scene);

        completed(job("'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'},"
                + "{'uri':'s3://renderfleet/assets/acme/scene.png','role':'style'}]"));

        ScriptedModel.Call call = model.calls().getFirst();
        assertThat(call.references()).containsExactly(shoe, scene);
        assertThat(call.request().references())
                .extracting(reference -> reference.role() + " " + reference.mime())
                .containsExactly("PRODUCT image/png", "STYLE image/png");
        assertThat(call.request().references())
                .allSatisfy(reference -> assertThat(reference.file()).doesNotExist());
    }

    @Test
    void aMissingReferenceRejectsTheJobWithoutCostAndMayBeRetried() {
        String references = "'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'}]";

        RenderRejected event = rejected(job(references));

        assertThat(event.code()).isEqualTo(FailureCode.REFERENCE_UNAVAILABLE);
        assertThat(event.field()).isEqualTo("references[0].uri");
        assertThat(model.calls()).isEmpty();
        store.putBytes("inputs/acme/shoe.png", ScriptedModel.PICTURE);
        assertThat(rejected(job(references, LATER_RECORD)).replay())
                .as("published before the rejection")
                .isTrue();
        clock.advance(Duration.ofMinutes(1));
        assertThat(completed(job(references, LATER_RECORD)).replay()).isFalse();
    }

    /** Of producers without a clock, and of one that is an hour ahead. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1969-12-31T23:59:59.999Z",
                "1970-01-01T00:00:00Z",
                "1970-01-01T00:00:00.001Z",
                "2026-11-23T13:00:00Z"
            })
    void aTimestampThatCannotBeIsNoTimeInTheQueue(Instant timestamp) {
        AcceptedJob job = job("");
        var submission = new Submission(RECORD, timestamp, clock.instant());

        RenderCompleted event =
                completed(new AcceptedJob(job.job(), job.id(), job.fingerprint(), submission, job.reassigned()));

        assertThat(event.latency()).isEqualTo(new Latency(0, 0, 7_000, 0, 7_000));
    }

    /** Calls of the former worker count as time in the queue. */
    @Test
    void latenciesOfAJobTakenOverAreNeverNegative() {
        AcceptedJob job = job("");
        waits.leavesAfter = 0;
        model.then(FailureKind.NO_IMAGE, null).thenDraws(ScriptedModel.PICTURE);
        assertThat(runner.run(job)).isInstanceOf(JobResult.Released.class);

        runner = runner("worker-b", new Waits());
        RenderCompleted event = completed(job("", LATER_RECORD));

        Latency latency = event.latency();
        assertThat(List.of(latency.queued(), latency.waited(), latency.model(), latency.stored()))
                .allSatisfy(part -> assertThat(part).isNotNegative());
        assertThat(addsUp(latency)).isTrue();
    }
}
