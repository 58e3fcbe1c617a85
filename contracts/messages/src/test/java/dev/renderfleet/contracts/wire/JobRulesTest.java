package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One row for each rule: the minimal job with these fields is refused for this field, with words that help. */
class JobRulesTest {

    private static final String OWN_ID = JobId.of("acme", "sku-1/front").value();
    private static final String OTHER_ID = "0123456789abcdef0123456789abcdef01234567";

    private final JobCodec codec = new JobCodec();

    static Stream<Arguments> brokenRules() {
        return Stream.of(identity(), prompts(), references(), shape(), bounds(), labels(), times())
                .flatMap(rows -> rows);
    }

    private static Stream<Arguments> identity() {
        return Stream.of(
                arguments("'tenant':null", "tenant", "missing"),
                arguments("'tenant':7", "tenant", "text in double quotes, not a number"),
                arguments("'tenant':''", "tenant", "1 to 64"),
                arguments("'tenant':'Acme'", "tenant", "\"Acme\""),
                arguments("'tenant':'-acme'", "tenant", "starts with"),
                arguments("'tenant':'a..b'", "tenant", "two dots"),
                arguments("'tenant':'../etc'", "tenant", "a-z"),
                arguments("'tenant':'a\\nb'", "tenant", "\"a?b\""),
                arguments("'tenant':'" + "a".repeat(65) + "'", "tenant", "1 to 64"),
                arguments("'idempotencyKey':null", "idempotencyKey", "missing"),
                arguments("'idempotencyKey':['k']", "idempotencyKey", "not a list"),
                arguments("'idempotencyKey':''", "idempotencyKey", "1 to 200"),
                arguments("'idempotencyKey':'" + "k".repeat(201) + "'", "idempotencyKey", "not 201"),
                arguments("'idempotencyKey':'a\\tb'", "idempotencyKey", "control"),
                arguments("'idempotencyKey':'a\\u2028b'", "idempotencyKey", "control"),
                arguments("'idempotencyKey':'../../etc/passwd'", "idempotencyKey", "\"..\""),
                arguments("'batchId':'a/..'", "batchId", "\"..\""),
                arguments("'batchId':''", "batchId", "1 to 200"),
                arguments("'batchId':false", "batchId", "true or false"),
                arguments("'parent':'" + OTHER_ID.toUpperCase(java.util.Locale.ROOT) + "'", "parent", "lower-case"),
                arguments("'parent':'" + OWN_ID + "'", "parent", "its own"),
                arguments("'dependsOn':'" + OTHER_ID + "'", "dependsOn", "a list"),
                arguments("'dependsOn':['" + OTHER_ID + "','x']", "dependsOn[1]", "job id"),
                arguments("'dependsOn':['" + OTHER_ID + "',1]", "dependsOn[1]", "text"),
                arguments("'dependsOn':['" + OWN_ID + "']", "dependsOn[0]", "itself"),
                arguments("'dependsOn':" + repeated("'" + OTHER_ID + "'", 101), "dependsOn", "at most 100"));
    }

    private static Stream<Arguments> prompts() {
        return Stream.of(
                arguments("'prompt':null", "prompt", "missing"),
                arguments("'prompt':5", "prompt", "text or template"),
                arguments("'prompt':''", "prompt", "empty"),
                arguments("'prompt':' \\n '", "prompt", "empty"),
                arguments("'prompt':'" + "p".repeat(32_001) + "'", "prompt", "32,000"),
                arguments("'prompt':{}", "prompt", "either text or template"),
                arguments("'prompt':{'text':'a','template':'b'}", "prompt", "either text or template"),
                arguments("'prompt':{'text':'a','variables':{}}", "prompt.variables", "rename"),
                arguments("'prompt':{'text':7}", "prompt.text", "text"),
                arguments("'prompt':{'template':'A {colour} chair'}", "prompt.variables.colour", "place \"colour\""),
                arguments("'prompt':{'template':'{a}','variables':['x']}", "prompt.variables", "an object"),
                arguments("'prompt':{'template':'{a}','variables':{'a':1}}", "prompt.variables.a", "text"),
                arguments("'prompt':{'template':'{a}','variables':{'a':''}}", "prompt.template", "empty"),
                arguments("'prompt':{'template':'x','variables':{'1':''}}", "prompt.variables.1", "variable's name"),
                arguments(
                        "'prompt':{'template':'" + "{a}".repeat(10_000) + "','variables':{'a':'" + "x".repeat(100_000)
                                + "'}}",
                        "prompt.template",
                        "filled in"));
    }

    private static Stream<Arguments> references() {
        return Stream.of(
                arguments(
                        "'references':" + repeated("{'uri':'s3://bucket/k','role':'style'}", 15),
                        "references",
                        "at most 14"),
                arguments("'references':{}", "references", "a list"),
                arguments("'references':['s3://bucket/k']", "references[0]", "an object"),
                arguments("'references':[null]", "references[0]", "not null"),
                arguments("'references':[{'role':'style'}]", "references[0].uri", "missing"),
                arguments("'references':[{'uri':'s3://bucket/k'}]", "references[0].role", "product, style"),
                arguments(
                        "'references':[{'uri':'s3://bucket/k','role':'hero'}]",
                        "references[0].role",
                        "known are product, style"),
                arguments(
                        "'references':[{'uri':'s3://bucket/k','role':'style','sha256':'AB'}]",
                        "references[0].sha256",
                        "64 hex"),
                invalidUri("s3://bucket/a b", "escaped"),
                invalidUri("s3://bucket/a\\nb", "escaped"),
                invalidUri("s3://bucket/%0a", "control"),
                invalidUri("s3://bucket", "key of an object"),
                invalidUri("s3://bucket/", "key of an object"),
                invalidUri("s3://bucket//k", "slash"),
                invalidUri("s3:///k", "bucket's name"),
                invalidUri("s3://Bucket/k", "bucket's name"),
                invalidUri("s3://key:secret@bucket/k", "bucket's name"),
                invalidUri("s3://bucket/k?versionId=1", "escape"),
                invalidUri("s3://bucket/k#f", "escape"),
                invalidUri("s3://bucket/" + "k".repeat(1_025), "1,024 bytes"),
                invalidUri("https://example.com/" + "k".repeat(4_096), "4,096"),
                invalidUri("https:example.com", "host"),
                invalidUri("https:///k", "host"),
                invalidUri("https://me:secret@example.com/k", "password"),
                invalidUri("https://example.com/k#f", "fragment"),
                invalidUri("https://example.com:0/k", "65535"),
                invalidUri("https://example.com:70000/k", "65535"),
                invalidUri("https://example.com:x/k", "port"));
    }

    private static Arguments invalidUri(String uri, String words) {
        return arguments(
                "'references':[{'uri':'s3://bucket/k','role':'style'},{'uri':'" + uri + "','role':'style'}]",
                "references[1].uri",
                words);
    }

    private static Stream<Arguments> shape() {
        return Stream.of(
                arguments("'model':'a b'", "model", "A-Z"),
                arguments("'model':''", "model", "1 to 100"),
                arguments("'model':'a/../b'", "model", "two dots"),
                arguments("'routing':'cost'", "routing", "an object"),
                arguments("'routing':{'preference':'COST'}", "routing.preference", "known are cost, quality, speed"),
                arguments("'routing':{'fallback':'always'}", "routing.fallback", "known are none, unbilled, any"),
                arguments("'routing':{'requirements':['a b']}", "routing.requirements[0]", "requirement"),
                arguments(
                        "'routing':{'requirements':" + repeated("'a'", 17) + "}", "routing.requirements", "at most 16"),
                arguments("'output':[]", "output", "an object"),
                arguments("'output':{'aspectRatio':'16x9'}", "output.aspectRatio", "16:9"),
                arguments("'output':{'aspectRatio':'0:9'}", "output.aspectRatio", "16:9"),
                arguments("'output':{'aspectRatio':'16:00'}", "output.aspectRatio", "16:9"),
                arguments("'output':{'aspectRatio':'100:1'}", "output.aspectRatio", "16:9"),
                arguments("'output':{'size':'8K'}", "output.size", "known are 1K, 2K, 4K"),
                arguments("'output':{'count':0}", "output.count", "from 1 to 10, not 0"),
                arguments("'output':{'count':11}", "output.count", "from 1 to 10"),
                arguments("'output':{'count':1.5}", "output.count", "not 1.5"),
                arguments("'output':{'count':'1'}", "output.count", "without quotes"),
                arguments("'output':{'format':'gif'}", "output.format", "known are png, jpeg, webp"),
                arguments("'output':{'quality':'max'}", "output.quality", "known are low, medium, high"),
                arguments("'output':{'background':'white'}", "output.background", "known are transparent, opaque"),
                arguments(
                        "'output':{'background':'transparent','format':'jpeg'}",
                        "output.background",
                        "ask for png or webp"),
                arguments(
                        "'output':{'renditions':" + repeated("{'name':'a'}", 17) + "}",
                        "output.renditions",
                        "at most 16"),
                arguments("'output':{'renditions':[{}]}", "output.renditions[0].name", "missing"),
                arguments("'output':{'renditions':[{'name':'../a'}]}", "output.renditions[0].name", "a-z"),
                arguments(
                        "'output':{'renditions':[{'name':'a'},{'name':'a'}]}",
                        "output.renditions[1].name",
                        "same name"),
                arguments("'output':{'renditions':[{'name':'a','width':0}]}", "output.renditions[0].width", "16384"),
                arguments(
                        "'output':{'renditions':[{'name':'a','height':16385}]}",
                        "output.renditions[0].height",
                        "16384"),
                arguments(
                        "'output':{'renditions':[{'name':'a','format':'tiff'}]}",
                        "output.renditions[0].format",
                        "webp"),
                arguments("'grounding':true", "grounding", "an object"),
                arguments("'grounding':{'webSearch':'yes'}", "grounding.webSearch", "true or false, not text"),
                arguments("'thinking':'long'", "thinking", "known are minimal, medium, high"));
    }

    private static Stream<Arguments> bounds() {
        return Stream.of(
                arguments("'seed':9007199254740992", "seed", "9007199254740991"),
                arguments("'seed':-9007199254740992", "seed", "9007199254740991"),
                arguments("'seed':123456789012345678901234567890", "seed", "9007199254740991"),
                arguments("'seed':1e300", "seed", "1"),
                arguments("'seed':0.1", "seed", "whole number"),
                arguments("'priority':10", "priority", "from 0 to 9"),
                arguments("'priority':-1", "priority", "from 0 to 9"),
                arguments("'budget':100", "budget", "an object"),
                arguments("'budget':{}", "budget.maxUsdMicros", "missing"),
                arguments("'budget':{'maxUsdMicros':-1}", "budget.maxUsdMicros", "not -1"),
                arguments("'budget':{'maxUsdMicros':0.5}", "budget.maxUsdMicros", "whole number"),
                arguments("'budget':{'maxUsdMicros':'1'}", "budget.maxUsdMicros", "without quotes"),
                arguments("'onUnknown':'give-up'", "onUnknown", "known are retry, hold"),
                arguments("'onDependencyFailure':'stop'", "onDependencyFailure", "known are fail, skip, run"),
                arguments("'onUnknown':true", "onUnknown", "text in double quotes"));
    }

    private static Stream<Arguments> labels() {
        return Stream.of(
                arguments("'labels':['sku']", "labels", "an object"),
                arguments("'labels':{'sku':4711}", "labels.sku", "text in double quotes"),
                arguments("'labels':{'sku':null}", "labels.sku", "not null"),
                arguments("'labels':{'../x':'1'}", "labels.../x", "label's name"),
                arguments("'labels':{'a\\u0007':'1'}", "labels.a?", "label's name"),
                arguments("'labels':{'':'1'}", "labels.", "label's name"),
                arguments("'labels':{'a':'" + "v".repeat(257) + "'}", "labels.a", "at most 256"),
                arguments("'labels':{'a':'b\\u001b[31m'}", "labels.a", "control"),
                arguments("'labels':{'a':'../../b'}", "labels.a", "\"..\""),
                arguments("'labels':{'locale':'de_DE'}", "labels.locale", "BCP 47"),
                arguments("'labels':{'locale':''}", "labels.locale", "BCP 47"),
                arguments(
                        "'labels':{"
                                + String.join(
                                        ",",
                                        IntStream.range(0, 33)
                                                .mapToObj(i -> "'k" + i + "':''")
                                                .toList())
                                + "}",
                        "labels",
                        "at most 32"),
                arguments("'callback':'http://example.com'", "callback", "https://"),
                arguments("'callback':'example.com'", "callback", "https://"),
                arguments("'callback':'https://10.0.0.1/'", "callback", "public internet"),
                arguments("'callback':'https://localhost/'", "callback", "public internet"),
                arguments("'callback':'https://2130706433/'", "callback", "four decimal numbers"),
                arguments("'callback':'https://a:b@example.com/'", "callback", "password"));
    }

    private static Stream<Arguments> times() {
        return Stream.of(
                arguments("'deadline':'2026-11-23T08:30:00'", "deadline", "with offset"),
                arguments("'deadline':'tomorrow'", "deadline", "\"tomorrow\""),
                arguments("'deadline':1795422600", "deadline", "text in double quotes"),
                arguments("'deadline':'+10000-01-01T00:00:00Z'", "deadline", "with offset"),
                arguments("'deadline':'9999-12-31T23:59:59-01:00'", "deadline", "with offset"),
                arguments("'notBefore':'2026-11-23'", "notBefore", "with offset"),
                arguments(
                        "'notBefore':'2026-11-23T08:30:00Z','deadline':'2026-11-23T09:30:00+01:00'",
                        "deadline",
                        "after notBefore"));
    }

    @ParameterizedTest
    @MethodSource("brokenRules")
    void namesFieldAndRule(String fields, String field, String words) {
        DecodedJob decoded = codec.decode(Golden.jobWith(fields));

        assertThat(decoded).isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(FailureCode.INVALID_FIELD);
            assertThat(refused.field()).isEqualTo(field);
            assertThat(refused.message()).contains(words).hasSizeLessThan(200).doesNotContainPattern("\\p{Cc}");
            boolean hasOwner = !field.equals("tenant") && !field.equals("idempotencyKey");
            assertThat(refused.job() != null).isEqualTo(hasOwner);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/k",
                "file:///etc/passwd",
                "http://example.com/k",
                "HTTPS://example.com/k",
                "bucket/k",
                "s3://bucket/../other/k",
                "s3://bucket/a/%2e%2e/k",
                "s3://bucket/a/%2E./k",
                "s3://bucket/a%2f..%2fk",
                "s3://bucket/a%5c..%5ck",
                "https://169.254.169.254/latest/meta-data",
                "https://[::1]/k",
                "https://127.1/k",
                "https://0x7f.1/k",
                "https://example.com./k",
                "https://ex%61mple.com/k",
                "https://metadata.google.internal/k",
            })
    void forbidsReferencesWithForbiddenTargets(String uri) {
        DecodedJob decoded = codec.decode(Golden.jobWith("'references':[{'uri':'" + uri + "','role':'style'}]"));

        assertThat(decoded).isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(FailureCode.REFERENCE_FORBIDDEN);
            assertThat(refused.field()).isEqualTo("references[0].uri");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'tenant':'0'",
                "'tenant':'a.b_c-d'",
                "'model':'vendor/model:1.2_b-c'",
                "'prompt':'NUL is no news: \\u0001'",
                "'prompt':{'template':'{a} {1} {} {b c} }{','variables':{'a':'{b}','unused':'x'}}",
                "'references':[{'uri':'s3://bucket/a%20b/..c/d..','role':'mask'}]",
                "'references':[{'uri':'https://8.8.8.8:8443/k?sig=a%2Fb','role':'mask'}]",
                "'references':[{'uri':'https://[2606:4700::1111]/k','role':'mask'}]",
                "'output':{'aspectRatio':'21:9','count':10,'size':'4K','format':'jpeg'}",
                "'output':{'count':5.0}",
                "'output':{'background':'opaque','format':'jpeg','quality':'low'}",
                "'output':{'background':'transparent'}",
                "'seed':9007199254740991",
                "'seed':1e3",
                "'budget':{'maxUsdMicros':0}",
                "'deadline':'2026-11-23T08:30:00.123456789+05:30'",
                "'deadline':'0001-01-01T00:00:00Z'",
                "'labels':{'locale':'zh-Hant-TW','a':'','b':'1..2'}",
                "'labels':{'locale':'x-pirate'}",
                "'callback':'https://example.com'",
                "'unknown':{'a':[1,2.50,null,true,{'b':'c'}]}",
            })
    void acceptsValidJobs(String fields) {
        DecodedJob decoded = codec.decode(Golden.jobWith(fields));

        assertThat(decoded).isInstanceOfSatisfying(DecodedJob.Accepted.class, accepted -> {
            assertThat(accepted.id()).isEqualTo(JobId.of(accepted.job().tenant(), "sku-1/front"));
            assertThat(codec.decode(codec.encode(accepted.job()))).isEqualTo(accepted);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201})
    void countsCodePoints(int count) {
        byte[] record = Golden.jobWith("'idempotencyKey':'" + "🪑".repeat(count) + "'");

        assertThat(codec.decode(record) instanceof DecodedJob.Accepted).isEqualTo(count <= 200);
        assertThat(record).asString(StandardCharsets.UTF_8).contains("🪑");
    }

    private static String repeated(String element, int count) {
        return "[" + String.join(",", java.util.Collections.nCopies(count, element)) + "]";
    }
}
