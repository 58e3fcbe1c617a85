package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.gemini.GeminiImageModel;
import dev.renderfleet.worker.providers.gemini.GoogleAccount;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs of a project of Vertex AI, whose token is fetched with a service account, against the simulator. */
class VertexJobTest extends JobScenario {

    /** Quickly made; the simulator checks no signature. */
    private static final int KEY_BITS = 1_024;

    private static final InstantSource SYSTEM = InstantSource.system();

    @TempDir
    Path folder = Path.of("set by JUnit");

    private final GeminiSimulator simulator = new GeminiSimulator(
            GeminiSimulator.VERTEX, SimulatorState.fresh(1, 1_000, SYSTEM), new PictureRenderer(), 1, SYSTEM);
    private final ControlServer server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE);

    @BeforeEach
    void callVertex() throws Exception {
        Path account = serviceAccount("sandbox", server.address(GeminiSimulator.VERTEX) + "/token");
        runner = fixture.runner("worker-a", spool, Map.of("vertex", vertex(account)), waits);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** Its model is retired on the Developer API. */
    @Test
    void aJobIsDrawnAndBilledOnItsPlatform() {
        RenderCompleted event = completed(job("'model':'vertex-nano-banana-2'"));

        assertThat(event.model().used()).isEqualTo("vertex-gemini-3.1-flash-image");
        assertThat(event.provenance().modelVersion()).isEqualTo("gemini-3.1-flash-image");
        assertThat(event.attempts()).singleElement().extracting(Attempt::detail).isNull();
        assertThat(event.cost().usdMicros())
                .isPositive()
                .isEqualTo(simulator.state().ledger().statement(0).usdMicros());
    }

    @Test
    void theSameModelOnTheOtherPlatformNeedsThatProvider() {
        assertThat(rejected(job("'model':'nano-banana'")).message()).contains("renderfleet.providers.gemini.api-key");
        runner = fixture.runner("worker-a", spool, Map.of("gemini", model), waits);
        assertThat(rejected(job("'model':'vertex-nano-banana','idempotencyKey':'other'"))
                        .message())
                .contains("renderfleet.providers.vertex.project or renderfleet.providers.vertex.api-key");
    }

    /** Each row: the service account, and the server of its token endpoint. */
    @ParameterizedTest
    @CsvSource({"deleted, the simulator, AUTH_REFUSED", "sandbox, http://127.0.0.1:1, NOT_SENT"})
    void withoutATokenNothingIsSent(String email, String tokens, FailureKind kind) throws Exception {
        String endpoint = tokens.replace("the simulator", server.address(GeminiSimulator.VERTEX)) + "/token";
        var request = new DrawRequest(
                "gemini-nano-banana-2.1",
                "a lamp",
                List.of(),
                Output.of("1:1", OutputSize.K1),
                null,
                null,
                null,
                null,
                Duration.ofSeconds(30),
                "job/1");

        assertThat(vertex(serviceAccount(email, endpoint)).draw(request, TaskLog.NONE))
                .isInstanceOfSatisfying(
                        NotDrawn.class,
                        failed ->
                                assertThat(failed.kind()).as(failed.toString()).isEqualTo(kind));

        assertThat(simulator.state().ledger().statement(0).calls()).isZero();
    }

    @Test
    void aProjectWithoutCredentialsIsRefusedAtTheStart() {
        assertThatThrownBy(() -> GoogleAccount.vertexProject("p", "global", folder.resolve("missing.json")))
                .hasMessageContaining("no credentials for the project p: ");
        assertThatThrownBy(() -> GoogleAccount.vertexProject("p", "evil.example/", serviceAccount("a", "http://h")))
                .hasMessageContaining("no name of a project or location");
    }

    private ImageProvider vertex(Path account) {
        return new GeminiImageModel(
                spool,
                URI.create(server.address(GeminiSimulator.VERTEX)),
                GoogleAccount.vertexProject("a-project", "global", account),
                WireLimits.DEFAULT,
                SYSTEM);
    }

    /** As Google's console writes it. */
    private Path serviceAccount(String email, String tokenEndpoint) throws GeneralSecurityException, IOException {
        var keys = KeyPairGenerator.getInstance("RSA");
        keys.initialize(KEY_BITS);
        byte[] key = keys.generateKeyPair().getPrivate().getEncoded();
        var json = JsonNodeFactory.instance.objectNode();
        json.put("type", "service_account").put("project_id", "a-project").put("private_key_id", "1");
        json.put(
                "private_key",
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                        .formatted(Base64.getMimeEncoder().encodeToString(key)));
        json.put("client_email", email).put("client_id", "1").put("token_uri", tokenEndpoint);
        return Files.writeString(folder.resolve("account.json"), json.toString());
    }
}
