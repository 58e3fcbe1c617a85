package dev.renderfleet.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.cli.Cli;
import dev.renderfleet.cli.audit.AuditFindings.Finding;
import dev.renderfleet.cli.audit.AuditFindings.Kind;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.RecordSender;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.cli.cluster.TopicRecord;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.testbed.TestFleet;
import dev.renderfleet.testbed.TestParts;
import dev.renderfleet.testbed.TestParts.Part;
import dev.renderfleet.testbed.audit.SampleEvents;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** The reconciler against a real broker and store, in which everything that can be wrong was laid by hand. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(PartsCondition.class)
class AuditIT {

    private static final Paths PATHS = TestFleet.paths("audit");
    private static final String NO_HISTORY = ",\"history\":{\"attempts\":[]}}";
    /** When nothing is on its way any more. */
    private static final InstantSource A_DAY_LATER = InstantSource.offset(InstantSource.system(), Duration.ofDays(1));

    private static final byte[] CONTENT = "not really a picture".getBytes(StandardCharsets.UTF_8);

    private static TestParts parts;
    private static SandboxEndpoints sandbox;
    private static Bucket bucket;

    @BeforeAll
    static void start() throws IOException {
        parts = TestParts.start(6, Part.KAFKA, Part.S3);
        sandbox = parts.endpoints();
        Files.createDirectories(PATHS.state());
        Files.write(
                PATHS.profile(),
                FleetSystem.workerEnvironment(sandbox).entrySet().stream()
                        .map(Map.Entry::toString)
                        .toList());
        bucket = SandboxCluster.bucket(sandbox);
    }

    @AfterAll
    static void stop() {
        parts.close();
    }

    @Test
    @Order(1)
    void whereAllFitsNothingIsFound() throws InterruptedException, IOException {
        String job = job("fine");
        publish(SampleEvents.completed(job, false, picture(job)));
        entry(job, "{\"state\":\"rendered\"" + NO_HISTORY);

        assertThat(look().findings()).isEmpty();
        assertThat(command(InstantSource.system(), "--json").path("exit").asInt())
                .isZero();
    }

    @Test
    @Order(2)
    void eachThingThatDoesNotFitIsFoundOnce() throws InterruptedException, IOException {
        entry(job("silent"), "{\"state\":\"rendered\"" + NO_HISTORY);
        picture(job("silent"));
        picture(job("orphan"));
        publish(SampleEvents.completed(
                job("robbed"), false, SampleEvents.image("assets/t/" + job("robbed") + "/1.png", "1", CONTENT)));
        entry(job("stuck"), "{\"state\":\"claimed\",\"owner\":\"w/1\",\"pending\":{\"worstUsdMicros\":5}" + NO_HISTORY);
        entry(
                job("unknown"),
                "{\"state\":\"parked\",\"history\":{\"attempts\":[{\"outcome\":\"unknown_outcome\",\"model\":\"m\","
                        + "\"usdMicros\":7}]}}");
        entry(job("torn"), "{\"state\":");

        AuditFindings found = look();

        assertThat(found.findings())
                .extracting(Finding::kind, Finding::jobId, Finding::usdMicros)
                .containsExactlyInAnyOrder(
                        tuple(Kind.UNANNOUNCED, job("silent"), 0L),
                        tuple(Kind.STORED_WITHOUT_EVENT, job("orphan"), 0L),
                        tuple(Kind.NO_PICTURE, job("robbed"), 0L),
                        tuple(Kind.CLAIMED_TOO_LONG, job("stuck"), 5L),
                        tuple(Kind.UNKNOWN_OUTCOME, job("unknown"), 7L),
                        tuple(Kind.UNREADABLE, job("torn"), 0L));
        assertThat(found.entries()).isEqualTo(5);
    }

    @Test
    @Order(3)
    void whatIsOnItsWayIsLeftAlone() throws IOException {
        JsonNode now = command(InstantSource.system(), "--json");

        assertThat(now.path("exit").asInt()).isEqualTo(1);
        assertThat(now.path("unannounced").asInt()).isZero();
        assertThat(now.path("claimed_too_long").asInt()).isZero();
        assertThat(now.path("no_picture").asInt()).isEqualTo(1);
        assertThat(now.path("possibleUsdMicros").asLong()).isEqualTo(7);
    }

    @Test
    @Order(4)
    void aSilentJobsRecordIsPublishedAgainAsItWas() throws InterruptedException {
        try (var sender = new RecordSender(SandboxCluster.kafka(sandbox), Topics.JOBS)) {
            sender.send(job("silent").getBytes(StandardCharsets.UTF_8), new byte[] {1, 2});
            sender.send(job("other").getBytes(StandardCharsets.UTF_8), new byte[] {3});
        }
        var reader = new TopicReader(SandboxCluster.kafka(sandbox));
        var repair = new Repair(reader);

        var steps = repair.plan(look());
        assertThat(records(reader)).as("planning changes nothing").hasSize(2);
        assertThat(repair.run(steps, SandboxCluster.kafka(sandbox))).isEqualTo(1);

        List<TopicRecord> silent = records(reader).stream()
                .filter(record -> record.key().equals(job("silent")))
                .toList();
        assertThat(silent).hasSize(2);
        assertThat(silent.getLast().value()).isEqualTo(silent.getFirst().value());
        assertThat(silent.getLast().timestamp()).isEqualTo(silent.getFirst().timestamp());
    }

    @Test
    @Order(5)
    void theCommandRepairsOnlyWhenTold() throws IOException {
        var reader = new TopicReader(SandboxCluster.kafka(sandbox));
        int before = records(reader).size();

        JsonNode looked = command(A_DAY_LATER, "--json");
        assertThat(looked.path("unannounced").asInt()).isEqualTo(1);
        assertThat(looked.path("published").asInt()).isZero();
        assertThat(records(reader)).hasSize(before);

        JsonNode repaired = command(A_DAY_LATER, "--json", "--repair", "announce");
        assertThat(repaired.path("published").asInt()).isEqualTo(1);
        List<TopicRecord> after = records(reader);
        assertThat(after).hasSize(before + 1);
        assertThat(after.getLast().key()).isEqualTo(job("silent"));
    }

    /** The record asks for a replay, so that a failure that may be tried again is not paid again. */
    @Test
    @Order(6)
    void aFailureIsAnnouncedByARecordThatBeginsNoRun() throws Exception {
        String failure = "{\"state\":\"failed\",\"outcome\":{\"outcome\":\"failed\",\"retryable\":%s}" + NO_HISTORY;
        entry(job("passing"), failure.formatted(true));
        entry(job("for good"), failure.formatted(false));
        entry(job("long ago"), failure.formatted(true));
        publish("passing", "for good");
        var kafka = SandboxCluster.kafka(sandbox);
        var repair = new Repair(new TopicReader(kafka));

        assertThat(says(repair))
                .containsEntry(job("passing"), true)
                .containsEntry(job("for good"), true)
                .containsEntry(job("long ago"), false);

        repair.run(repair.plan(look()), kafka);
        assertThat(records(new TopicReader(kafka)))
                .filteredOn(record -> record.key().equals(job("passing")))
                .hasSize(2)
                .last()
                .satisfies(record -> assertThat(
                                record.headers().lastHeader(CloudEvents.REPLAY).value())
                        .isEqualTo("true".getBytes(StandardCharsets.UTF_8)));
    }

    /** {@code kafka-transactions.sh} needs a partition to look at; everything behind the transaction is hidden from readers. */
    @Test
    @Order(7)
    void aPartitionOfEventsWhoseLastStableOffsetStandsStillIsNamed() throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", sandbox.bootstrapServers(), "transactional.id", "left open");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topics.EVENTS, 3, null, new byte[] {1}))
                    .get();
            var said = new StringWriter();

            int exit = Cli.commandLine(new AuditCommand(InstantSource.system(), Duration.ofSeconds(1)))
                    .setErr(new PrintWriter(said))
                    .execute("--profile", PATHS.profile().toString());

            assertThat(exit).isEqualTo(2);
            assertThat(said.toString()).contains("render.events-3 at ").contains("kafka-transactions.sh");
            producer.abortTransaction();
        }
        assertThat(command(InstantSource.system(), "--json").path("exit").asInt())
                .isEqualTo(1);
    }

    /** Whether each silent job's record would be published again. */
    private static Map<String, Boolean> says(Repair repair) {
        return repair.plan(look()).stream()
                .collect(Collectors.toMap(step -> step.finding().jobId(), step -> step.record() != null));
    }

    private static void publish(String... keys) throws InterruptedException {
        try (var sender = new RecordSender(SandboxCluster.kafka(sandbox), Topics.JOBS)) {
            for (String key : keys) {
                sender.send(job(key).getBytes(StandardCharsets.UTF_8), new byte[] {1});
            }
        }
    }

    private static AuditFindings look() {
        return new Reconciler(
                        new TopicReader(SandboxCluster.kafka(sandbox)),
                        bucket,
                        Duration.ofMinutes(15),
                        A_DAY_LATER.instant())
                .look();
    }

    private static JsonNode command(InstantSource clock, String... options) throws IOException {
        var out = new StringWriter();
        int exit = Cli.commandLine(new AuditCommand(clock))
                .setOut(new PrintWriter(out))
                .execute(Stream.concat(Stream.of("--profile", PATHS.profile().toString()), Stream.of(options))
                        .toArray(String[]::new));
        var json = new ObjectMapper().readTree(out.toString());
        return ((ObjectNode) json).put("exit", exit);
    }

    private static List<TopicRecord> records(TopicReader reader) {
        List<TopicRecord> records = new ArrayList<>();
        reader.readAll(Topics.JOBS, records::add);
        return records;
    }

    private static String job(String key) {
        return JobId.of("t", key).value();
    }

    private static Image picture(String job) {
        String key = "assets/t/" + job + "/1.png";
        bucket.put(key, CONTENT, "image/png");
        return SampleEvents.image(key, Sha256.hex(CONTENT), CONTENT);
    }

    private static void entry(String job, String json) {
        bucket.put(LedgerView.key(job), json.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    private static void publish(RenderEvent event) throws InterruptedException {
        try (var sender = new RecordSender(SandboxCluster.kafka(sandbox), Topics.EVENTS)) {
            sender.send(event.job().jobId().getBytes(StandardCharsets.UTF_8), new EventCodec().encode(event));
        }
    }
}
