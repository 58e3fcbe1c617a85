package dev.renderfleet.contracts.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Golden;
import dev.renderfleet.contracts.wire.JobCodec;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {

    /** Computed by another implementation (Python), so that any language can check itself by them. */
    static Stream<JsonNode> vectors() {
        return Golden.json(new String(Golden.resource("/vectors/fingerprint.json"), StandardCharsets.UTF_8))
                .get("vectors")
                .valueStream()
                // Computed before a field of the job was one, so that it was carried and did not decide.
                .filter(vector -> !vector.has("before"));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void isTheDigestOfTheDecidingFields(JsonNode vector) {
        DecodedJob.Accepted accepted = accepted(Golden.bytes(vector.get("job").textValue()));

        assertThat(CanonicalJson.of(Fingerprint.deciding(accepted.job())))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(vector.get("canonical").textValue());
        assertThat(accepted.fingerprint()).isEqualTo(vector.get("fingerprint").textValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'model':'other'}",
                "{'model':null}",
                "{'routing':{'preference':'speed'}}",
                "{'prompt':'other'}",
                "{'references':[]}",
                "{'references':[{'uri':'s3://bucket/k','role':'style'}]}",
                "{'parent':null}",
                "{'output':{'size':'2K'}}",
                "{'output':{'aspectRatio':'16:9','size':'2K','count':2,'format':'webp','quality':'low',"
                        + "'renditions':[{'name':'thumb','width':256,'height':256,'format':'jpeg'},"
                        + "{'name':'original-png','format':'png'}]}}",
                "{'output':{'aspectRatio':'16:9','size':'2K','count':2,'format':'webp','background':'opaque',"
                        + "'renditions':[{'name':'thumb','width':256,'height':256,'format':'jpeg'},"
                        + "{'name':'original-png','format':'png'}]}}",
                "{'grounding':{'webSearch':true}}",
                "{'thinking':'minimal'}",
                "{'seed':1}",
                "{'labels':{'locale':'fr-FR'}}"
            })
    void changesWithWhatDecides(String change) {
        assertThat(accepted(changed(change)).fingerprint())
                .isNotEqualTo(accepted(Golden.bytes("job-full")).fingerprint());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'tenant':'other','idempotencyKey':'other'}",
                "{'routing':{'requirements':['character-consistency','text-rendering','text-rendering'],"
                        + "'preference':'quality','fallback':'unbilled'}}",
                "{'prompt':{'text':'A red chair with the words Sitz gut; JSON like {\\'a\\': 1} stays'}}",
                "{'priority':1,'notBefore':null,'deadline':null,'budget':null,'callback':null}",
                "{'onUnknown':'hold','onDependencyFailure':'run'}",
                "{'dependsOn':[],'batchId':'other','labels':{'locale':'de-DE'},'unknown':true}"
            })
    void staysWithWhatDoesNot(String change) {
        assertThat(accepted(changed(change.replace("\\'", "\\\""))).fingerprint())
                .isEqualTo(accepted(Golden.bytes("job-full")).fingerprint());
    }

    private static byte[] changed(String change) {
        ObjectNode job = (ObjectNode) Golden.json(new String(Golden.bytes("job-full"), StandardCharsets.UTF_8));
        job.setAll((ObjectNode) Golden.json(change));
        return job.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static DecodedJob.Accepted accepted(byte[] record) {
        DecodedJob decoded = new JobCodec().decode(record);
        assertThat(decoded).isInstanceOf(DecodedJob.Accepted.class);
        return (DecodedJob.Accepted) decoded;
    }
}
