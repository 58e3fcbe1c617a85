package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Records that are no jobs: the refusal, and whether its job is found, so that a rejected event can be published. */
class BadRecordTest {

    private static final String OWNER = "{\"tenant\":\"acme\",\"idempotencyKey\":\"k\",\"batchId\":\"b\",";

    private final JobCodec codec = new JobCodec();

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("", null, false),
                arguments("null", null, false),
                arguments("[]", null, false),
                arguments("\"text\"", null, false),
                arguments("{", null, false),
                arguments("}", null, false),
                arguments("tenant=acme", null, false),
                arguments("{'tenant':'acme'}", null, false),
                arguments("{\"tenant\":NaN}", null, false),
                arguments(OWNER, null, true),
                arguments(OWNER + "\"prompt\":tru}", null, true),
                arguments(OWNER + "\"prompt\":\"raw\ncontrol\"}", null, true),
                arguments(OWNER + "\"prompt\":\"a\"} {}", null, true),
                arguments(OWNER + "\"prompt\":\"a\"}x", null, true),
                arguments(OWNER + "\"prompt\":\"a\",\"prompt\":\"b\"}", "prompt", true),
                arguments(OWNER + "\"prompt\":{\"text\":\"a\",\"text\":\"b\"}}", "prompt.text", true),
                // Ambiguous, so no job.
                arguments(OWNER + "\"tenant\":\"evil\",\"prompt\":\"a\"}", "tenant", false),
                arguments(OWNER + "\"idempotencyKey\":\"k\",\"prompt\":\"a\"}", "idempotencyKey", false),
                arguments("{\"x\":{\"tenant\":\"acme\",\"idempotencyKey\":\"k\"},", null, false),
                arguments("{\"tenant\":\"../acme\",\"idempotencyKey\":\"k\",", null, false),
                arguments("{\"tenant\":{\"tenant\":\"acme\"},\"idempotencyKey\":\"k\",", null, false),
                arguments(OWNER + "\"x\":" + "[".repeat(10_000), null, true),
                arguments(OWNER + "\"x\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}", null, true),
                arguments(OWNER + "\"x\":" + "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + "}", null, true),
                arguments("[".repeat(1_000_000), null, false));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void refusesMalformedRecords(String record, @Nullable String field, boolean hasOwner) {
        DecodedJob.Refused refused = refused(record.getBytes(StandardCharsets.UTF_8));

        assertThat(refused.code()).isEqualTo(FailureCode.MALFORMED);
        assertThat(refused.message()).isNotBlank().hasSizeLessThan(200);
        assertThat(refused.job() != null).isEqualTo(hasOwner);
        if (field != null) {
            assertThat(refused.field()).isEqualTo(field);
        }
        if (refused.job() != null) {
            assertThat(refused.job())
                    .isEqualTo(new JobRef(JobId.of("acme", "k").value(), "acme", "k", null, "b", Map.of()));
        }
    }

    @Test
    void namesWhereNestingIsTooDeepWithoutRepeatingItAll() {
        DecodedJob.Refused refused = refused((OWNER + "\"x\":" + "[".repeat(10_000)).getBytes(StandardCharsets.UTF_8));

        assertThat(refused.message()).contains("64");
        assertThat(refused.field()).startsWith("x[0][0]").hasSize(80);
    }

    static Stream<Arguments> unstorable() {
        return Stream.of(
                arguments("\"x\":\"" + "a".repeat(131_073) + "\"", "x"),
                arguments("\"" + "a".repeat(257) + "\":1", "a".repeat(39) + "…"),
                arguments("\"x\":" + "1".repeat(65), "x"),
                arguments("\"x\":1e400", "x"),
                arguments("\"x\":[1,1e-400]", "x[1]"),
                arguments("\"x\":1e99999999999999", "x"),
                arguments("\"x\":-1e-99999999999999", "x"),
                arguments("\"x\":\"a\\u0000b\"", "x"),
                arguments("\"a\\u0000\":1", "a?"),
                arguments("\"x\":{\"y\":[\"\\udc00\\ud800\"]}", "x.y[0]"),
                arguments("\"prompt\":\"half \\ud83e\"", "prompt"));
    }

    /** Values that canonical JSON or PostgreSQL cannot represent, in any field. */
    @ParameterizedTest
    @MethodSource("unstorable")
    void refusesWhatLaterStagesCannotRepresent(String fields, String field) {
        DecodedJob.Refused refused = refused((OWNER + fields + "}").getBytes(StandardCharsets.UTF_8));

        assertThat(refused.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(refused.field()).isEqualTo(field);
        assertThat(refused.job()).isNotNull();
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        byte[] record = Golden.jobWith("'model':'X'");
        record[indexOf(record, (byte) 'X')] = (byte) 0xff;

        DecodedJob.Refused refused = refused(record);
        assertThat(refused.code()).isEqualTo(FailureCode.MALFORMED);
        assertThat(refused.message()).contains("UTF-8");
        assertThat(refused.job()).isNotNull();
        assertThat(refused(Golden.text("job-minimal").getBytes(StandardCharsets.UTF_16))
                        .code())
                .isEqualTo(FailureCode.MALFORMED);
    }

    @Test
    void acceptsAByteOrderMark() {
        byte[] record = ("\uFEFF" + Golden.text("job-minimal")).getBytes(StandardCharsets.UTF_8);

        assertThat(codec.decode(record)).isInstanceOf(DecodedJob.Accepted.class);
    }

    @Test
    void refusesATombstone() {
        assertThat(codec.decode(null)).isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(FailureCode.MALFORMED);
            assertThat(refused.job()).isNull();
        });
    }

    @Test
    void refusesFiftyMegabytesAndFindsTheJob() {
        byte[] record = new byte[50_000_000];
        Arrays.fill(record, (byte) 'a');
        byte[] start = (OWNER + "\"x\":\"").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(start, 0, record, 0, start.length);

        DecodedJob.Refused refused = refused(record);
        assertThat(refused.code()).isEqualTo(FailureCode.TOO_LARGE);
        assertThat(refused.field()).isNull();
        assertThat(refused.message()).contains("1,048,576", "50,000,000");
        assertThat(refused.job()).extracting(JobRef::idempotencyKey).isEqualTo("k");
    }

    @Test
    void hasNoOwnerWhereTheKeyCannotBeCarried() {
        String small = "{\"tenant\":\"acme\",\"idempotencyKey\":\"\\ud800\",\"prompt\":\"p\"}";
        String large = small + " ".repeat(JobCodec.BYTES_MAX);

        assertThat(refused(small.getBytes(StandardCharsets.UTF_8)).job()).isNull();
        assertThat(refused(large.getBytes(StandardCharsets.UTF_8)).job()).isNull();
    }

    @Test
    void doesNotLookForTheOwnerBeyondTheBound() {
        String record =
                "{\"x\":\"" + "é".repeat(JobCodec.BYTES_MAX / 2) + "\"," + OWNER.substring(1) + "\"prompt\":\"p\"}";

        DecodedJob.Refused refused = refused(record.getBytes(StandardCharsets.UTF_8));
        assertThat(refused.code()).isEqualTo(FailureCode.TOO_LARGE);
        assertThat(refused.job()).isNull();
    }

    @Test
    void acceptsARecordOfExactlyTheBound() {
        byte[] start = (OWNER + "\"prompt\":\"p\"}").getBytes(StandardCharsets.UTF_8);
        byte[] record = Arrays.copyOf(start, JobCodec.BYTES_MAX);
        Arrays.fill(record, start.length, record.length, (byte) ' ');

        assertThat(codec.decode(record)).isInstanceOf(DecodedJob.Accepted.class);
        assertThat(refused(Arrays.copyOf(record, record.length + 1)).code()).isEqualTo(FailureCode.TOO_LARGE);
    }

    @Test
    void findsTheJobWithItsValidLabelsAndBatch() {
        byte[] record =
                Golden.jobWith("'prompt':7,'batchId':'b','labels':{'sku':'1','bad':7,'../x':'2','ctl':'\\u0007'}");

        assertThat(refused(record).job())
                .isEqualTo(new JobRef(
                        JobId.of("acme", "sku-1/front").value(), "acme", "sku-1/front", null, "b", Map.of("sku", "1")));
    }

    @Test
    void quotesLittleOfTheInputAndNoControlCharacters() {
        String long1 = "\u001b[31m\u202e" + "x".repeat(1_000);

        DecodedJob.Refused refused = refused(Golden.jobWith(
                "'references':[{'role':'" + long1.replace("\u001b", "\\u001b") + "','uri':'s3://bucket/k'}]"));
        assertThat(refused.message())
                .contains("\"?[31m?xxx")
                .doesNotContain("x".repeat(80))
                .doesNotContain("\u202e");
    }

    private DecodedJob.Refused refused(byte[] record) {
        DecodedJob decoded = codec.decode(record);
        assertThat(decoded).isInstanceOf(DecodedJob.Refused.class);
        return (DecodedJob.Refused) decoded;
    }

    private static int indexOf(byte[] bytes, byte wanted) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        throw new IllegalArgumentException("not there");
    }
}
