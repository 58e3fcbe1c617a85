package dev.renderfleet.worker.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.RenditionFile;
import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.SearchSource;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Entries as earlier versions of the worker wrote them. Kept for ever: add, never change. */
class LedgerGoldenTest {

    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final String PRINT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private static final JobRef REF = new JobRef(
            "0629c4e90059b6ecd820f0d503f0a280396e4332",
            "acme",
            "sku-4711/front/de-DE",
            PRINT,
            "winter-2026",
            Map.of("sku", "4711"));
    private static final Usage USAGE = new Usage(812, 1290, 64, 2166);
    private static final History HISTORY = new History(
            List.of(
                    new Attempt(
                            1,
                            "gemini-nano-banana-2.1",
                            "unknown_outcome",
                            NOON.minusSeconds(90),
                            0,
                            null,
                            "the worker died while its call may have been out",
                            113_400),
                    new Attempt(
                            2,
                            "gemini-nano-banana-2.1",
                            "drawn",
                            NOON.minusSeconds(20),
                            15_012,
                            "req-7f3a",
                            null,
                            67_000)),
            USAGE);
    private static final Cost COST = new Cost(180_400, "2026-11-01");
    private static final RenderCompleted COMPLETED = new RenderCompleted(
            REF,
            false,
            List.of(new Image(
                    "renderfleet",
                    "assets/acme/0629c4e90059b6ecd820f0d503f0a280396e4332/a.png",
                    "a".repeat(64),
                    1_048_576,
                    "image/png",
                    1024,
                    1024,
                    List.of(new RenditionFile("thumb", "assets/t.jpg", "b".repeat(64), 99, "image/jpeg", 64, 64)))),
            new ModelChoice("nano-banana", "gemini-nano-banana-2.1", "gemini", "the job names it"),
            HISTORY.attempts(),
            USAGE,
            COST,
            new Latency(5, 70_000, 15_012, 40, 90_000),
            new Provenance("trainedAlgorithmicMedia", "gemini", "nano-banana-2.1", "resp-1", true));
    private static final RenderCompleted EDITED = new RenderCompleted(
            REF,
            false,
            COMPLETED.images(),
            COMPLETED.model(),
            COMPLETED.attempts(),
            USAGE.searching(1),
            COST,
            COMPLETED.latency(),
            COMPLETED.provenance(),
            new ParentEdit("02eafae5c3b0b822cd15d6c15b0f00a089f86d08", ParentEdit.SESSION),
            new SearchResults(
                    List.of("red vase"),
                    List.of(
                            new SearchSource("https://example.org/vase", "Vase"),
                            new SearchSource("https://example.org/vase.jpg", null)),
                    "<div>red vase</div>"));
    private static final PendingCall TASK = new PendingCall("flux-3-image", Stage.SENT, NOON, 48_000)
            .accepted("https://api.bfl.ai/v1/get_result?id=7f3a");

    /** What the golden files say. */
    enum Golden {
        CLAIMED(new Claimed(
                PRINT,
                HISTORY,
                "worker-1",
                "render.jobs/0/7@2026-11-23T12:00:00Z",
                Duration.ofMinutes(9),
                new PendingCall("gemini-nano-banana-2.1", Stage.SENT, NOON, 113_400))),
        CLAIMED_PREPARED(new Claimed(
                PRINT,
                History.NONE,
                "worker-1",
                "render.jobs/0/7@2026-11-23T12:00:00Z",
                Duration.ofMinutes(9),
                new PendingCall("gemini-nano-banana-2.1", Stage.PREPARED, NOON, 113_400))),
        CLAIMED_TASK(new Claimed(
                PRINT, History.NONE, "worker-1", "render.jobs/0/7@2026-11-23T12:00:00Z", Duration.ofMinutes(9), TASK)),
        PARKED_TASK(new Parked(PRINT, HISTORY, TASK)),
        PARKED(new Parked(PRINT, HISTORY, null)),
        /** With the tenant, since jobs name others as their parents. */
        CLAIMED_TENANT(new Claimed(
                PRINT,
                HISTORY,
                "worker-1",
                "render.jobs/0/7@2026-11-23T12:00:00Z",
                Duration.ofMinutes(9),
                new PendingCall("gemini-nano-banana-2.1", Stage.SENT, NOON, 113_400),
                "acme")),
        PARKED_TENANT(new Parked(PRINT, HISTORY, null, "acme")),
        /** With the parent, and what the model searched for. */
        RENDERED_EDIT(
                new Rendered(PRINT, new History(HISTORY.attempts(), USAGE.searching(1)), EDITED, "render.jobs/0/7")),
        /** With the fields that were added on 30 November 2026. */
        PARKED_QUARANTINED(new Parked(
                PRINT,
                History.NONE.plus(
                        new Attempt(
                                1,
                                "gemini-nano-banana-2.1",
                                "result_invalid",
                                NOON.minusSeconds(20),
                                15_012,
                                "req-7f3a",
                                "CORRUPT: ends in the middle",
                                33_600,
                                List.of("quarantine/acme/0629c4e90059b6ecd820f0d503f0a280396e4332/a.png")),
                        new Usage(812, 1290, 64, 2166, 1120L)),
                null)),
        /** Of a job that wants more images. */
        PARKED_DELIVERED(new Parked(PRINT, HISTORY.delivering(COMPLETED), null)),
        RENDERED(new Rendered(PRINT, HISTORY, COMPLETED, "render.jobs/0/7")),
        /** With the tokens of the references. */
        PARKED_EDIT(new Parked(PRINT, new History(List.of(), new Usage(812, 1290, 64, 2166, 1120L, 560L)), null)),
        FAILED(new Failed(
                PRINT,
                HISTORY,
                new RenderFailed(
                        REF,
                        false,
                        FailureCode.NO_IMAGE,
                        true,
                        "the model answered without a picture each time",
                        "IMAGE_OTHER",
                        HISTORY.attempts(),
                        USAGE,
                        COST),
                "render.jobs/0/7",
                NOON,
                null)),
        REJECTED(new Failed(
                PRINT,
                History.NONE,
                new RenderRejected(REF, false, FailureCode.REFERENCE_INVALID, "references[0].uri", "not a picture"),
                "render.jobs/0/7",
                NOON,
                null)),
        CANCELED(new Failed(
                PRINT,
                HISTORY,
                new RenderCanceled(REF, false, "not wanted any more", COST),
                "render.jobs/0/7",
                NOON,
                null)),
        /** With the calls until then. */
        CANCELED_ATTEMPTS(new Failed(
                PRINT,
                HISTORY,
                new RenderCanceled(REF, false, "not wanted any more", COST, HISTORY.attempts()),
                "render.jobs/0/7",
                NOON,
                null)),
        /** With the end of the topic, since publishing again is decided by offset. */
        FAILED_LOG_END(new Failed(
                PRINT,
                HISTORY,
                new RenderCanceled(REF, false, "not wanted any more", COST),
                "render.jobs/0/7",
                NOON,
                new LogEnd("tSlTmhZwTVCPHRKWGZVg5w", List.of(9L, 0L, 1_234_567L))));

        @SuppressWarnings("ImmutableEnumChecker") // Records all the way down.
        private final LedgerEntry entry;

        Golden(LedgerEntry entry) {
            this.entry = entry;
        }

        String json() throws IOException {
            String path = "/golden/v1/ledger-" + name().toLowerCase(Locale.ROOT).replace('_', '-') + ".json";
            try (InputStream file = Objects.requireNonNull(LedgerGoldenTest.class.getResourceAsStream(path), path)) {
                return new String(file.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private final ObjectMapper mapper = new ObjectMapper();
    private final LedgerCodec codec = new LedgerCodec();

    @ParameterizedTest
    @EnumSource
    void everyEntryEverWrittenIsRead(Golden golden) throws IOException {
        assertThat(codec.decode(golden.json())).isEqualTo(golden.entry);
    }

    /** During a rolling update the earlier version reads it too. */
    @ParameterizedTest
    @EnumSource
    void whatIsWrittenNowHasEveryFieldOfTheGoldenEntry(Golden golden) throws IOException {
        JsonNode written = mapper.readTree(codec.encode(golden.entry));

        mapper.readTree(golden.json())
                .properties()
                .forEach(field -> assertHas(written, field.getKey(), field.getValue()));
    }

    private static void assertHas(JsonNode written, String name, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(field -> assertHas(written.path(name), field.getKey(), field.getValue()));
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                JsonNode element = written.path(name).path(i);
                value.get(i).properties().forEach(field -> assertHas(element, field.getKey(), field.getValue()));
            }
        } else if (!value.isNull()) {
            assertThat(written.path(name)).as(name).isEqualTo(value);
        }
    }

    /** A later version has written it: what it added is ignored. */
    @ParameterizedTest
    @EnumSource
    void fieldsOfALaterVersionAreIgnored(Golden golden) throws IOException {
        JsonNode later = mapper.readTree(golden.json());
        addUnknownFields(later);

        assertThat(codec.decode(later.toString())).isEqualTo(golden.entry);
    }

    private static void addUnknownFields(JsonNode node) {
        node.forEach(LedgerGoldenTest::addUnknownFields);
        if (node instanceof ObjectNode object && !object.has("sku")) {
            object.putObject("later").put("number", 7).putArray("list").add("a");
        }
    }

    @Test
    void anotherVersionOrStateIsUnreadable() throws IOException {
        String parked = Golden.PARKED.json();

        for (String other : List.of(
                parked.replace("\"version\" : 1", "\"version\" : 2"),
                parked.replace("\"version\" : 1,", ""),
                parked.replace("\"parked\"", "\"paused\""))) {
            assertThatThrownBy(() -> codec.decode(other)).isInstanceOf(UnreadableEntryException.class);
        }
    }

    /** So that a new component of an event never makes old entries unreadable. */
    @Test
    void storedRecordsHaveNoPartOfAnEvent() {
        Set<Class<?>> seen = new HashSet<>();
        for (Class<?> entry : StoredEntry.class.getPermittedSubclasses()) {
            collect(entry, seen);
        }

        assertThat(seen).hasSizeGreaterThan(15).noneMatch(type -> type.getName().contains(".contracts."));
    }

    private static void collect(Type type, Set<Class<?>> seen) {
        if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) {
                collect(argument, seen);
            }
        } else if (type instanceof Class<?> known && seen.add(known)) {
            for (Class<?> each : known.isSealed() ? known.getPermittedSubclasses() : new Class<?>[0]) {
                collect(each, seen);
            }
            for (RecordComponent component : known.isRecord() ? known.getRecordComponents() : new RecordComponent[0]) {
                collect(component.getGenericType(), seen);
            }
        }
    }
}
