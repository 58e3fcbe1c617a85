package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.CanonicalJson;
import dev.renderfleet.contracts.job.OnDependencyFailure;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.RenderJob;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class JobGoldenTest {

    private final JobCodec codec = new JobCodec();

    @ParameterizedTest
    @FieldSource("dev.renderfleet.contracts.wire.Golden#JOBS")
    void survivesDecodingAndEncoding(String name) {
        DecodedJob decoded = codec.decode(Golden.bytes(name));

        byte[] encoded = codec.encode(accepted(decoded));
        assertThat(canonical(new String(encoded, StandardCharsets.UTF_8))).isEqualTo(canonical(Golden.text(name)));
        assertThat(codec.decode(encoded)).isEqualTo(decoded);
    }

    @Test
    void spelledOutDefaultsAreAbsentAfterwards() {
        RenderJob job = accepted(codec.decode(Golden.bytes("job-spelled-out-defaults")));

        byte[] encoded = codec.encode(job);
        assertThat(encoded)
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(
                        "{\"tenant\":\"acme\",\"idempotencyKey\":\"sku-1/front\",\"routing\":{\"preference\":\"cost\","
                                + "\"fallback\":\"none\"},\"prompt\":\"A red chair on a white background\",\"grounding\":{}}");
    }

    @Test
    void writesMapsByNameSoThatEqualJobsHaveEqualBytes() {
        byte[] one = Golden.jobWith("'labels':{'b':'2','a':'1','c':'3'},'y':1,'x':2");
        byte[] other = Golden.jobWith("'x':2,'y':1,'labels':{'c':'3','b':'2','a':'1'}");

        assertThat(codec.encode(accepted(codec.decode(one)))).isEqualTo(codec.encode(accepted(codec.decode(other))));
    }

    @Test
    void keepsUnknownFieldsWhenTheJobChanges() {
        RenderJob job = accepted(codec.decode(Golden.bytes("job-unknown-fields")));

        RenderJob changed = new RenderJob(
                job.tenant(),
                job.idempotencyKey(),
                "proof",
                null,
                job.prompt(),
                List.of(),
                null,
                job.output(),
                null,
                null,
                null,
                9,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                Map.of(),
                null,
                job.unknownFields());
        String encoded = new String(codec.encode(changed), StandardCharsets.UTF_8);
        assertThat(encoded)
                .contains(
                        "\"background\":\"transparent\"", "\"zoom\":12345678901234567890", "\"negative\":\"no people\"")
                .doesNotContain("references", "weight");
    }

    @Test
    void readsWhatToDoAfterAnUnknownOutcome() {
        assertThat(accepted(codec.decode(Golden.bytes("job-on-unknown"))).onUnknown())
                .isEqualTo(OnUnknown.HOLD);
        assertThat(accepted(codec.decode(Golden.jobWith("'onUnknown':'retry'"))).onUnknown())
                .isEqualTo(OnUnknown.RETRY);
        assertThat(accepted(codec.decode(Golden.bytes("job-minimal"))).onUnknown())
                .isNull();
    }

    @Test
    void readsWhatToDoAfterAFailedDependency() {
        assertThat(accepted(codec.decode(Golden.bytes("job-on-dependency-failure")))
                        .onDependencyFailure())
                .isEqualTo(OnDependencyFailure.SKIP);
        assertThat(accepted(codec.decode(Golden.bytes("job-minimal"))).onDependencyFailure())
                .isNull();
    }

    private static RenderJob accepted(DecodedJob decoded) {
        assertThat(decoded).isInstanceOf(DecodedJob.Accepted.class);
        return ((DecodedJob.Accepted) decoded).job();
    }

    private static String canonical(String json) {
        return new String(CanonicalJson.of(json), StandardCharsets.UTF_8);
    }
}
