package dev.renderfleet.worker.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ServerProfile;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.sandbox.http.HttpListener;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.openai.ImagesProfile;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ImageProviderContractTest;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the adapter promises for a server of one's own. */
abstract class OwnServerContractTest extends ImageProviderContractTest {

    private final ServerProfile profile;

    OwnServerContractTest(ServerProfile profile) {
        this.profile = profile;
    }

    @Override
    protected final ModelSimulator simulator(SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        return new OpenAiSimulator(ImagesProfile.valueOf(profile.name()), state, renderer, 1, clock);
    }

    @Override
    protected final ImageProvider provider(Spool spool, URI baseUrl, String key) {
        return new OpenAiImageProvider(
                spool, baseUrl, key, WireLimits.DEFAULT, InstantSource.system(), ImagesDialect.of(profile));
    }

    @Override
    protected final String model() {
        return ImagesProfile.SERVED;
    }

    @Override
    protected final List<Row> answers() {
        return List.of(
                Row.billed("[[sim:NO_IMAGE]]", FailureKind.NO_IMAGE, null),
                Row.billed("[[sim:NO_DATA]]", FailureKind.NO_IMAGE, null),
                Row.free("[[sim:400]]", FailureKind.REQUEST_INVALID, null),
                Row.free("[[sim:401]]", FailureKind.AUTH_REFUSED, null),
                Row.free("[[sim:404]]", FailureKind.MODEL_GONE, null),
                Row.free("[[sim:500]]", FailureKind.PROVIDER_FAULT, null),
                Row.free("[[sim:OOM]]", FailureKind.PROVIDER_FAULT, "OUT_OF_MEMORY"),
                Row.free("[[sim:LOADING]]", FailureKind.OVERLOADED, null),
                Row.free("[[sim:QUEUE_FULL]]", FailureKind.OVERLOADED, null));
    }

    @Test
    void aFullQueueIsAnOverload() {
        simulator().state().quotas().set(new SimulatedQuota(null, null, null, null, null, 0));

        assertMeaning(draw("a lamp"), FailureKind.OVERLOADED);
        assertCalls(0, 1);
    }

    @Test
    void anAddressOnAnotherPrivateHostIsNotFetched() throws IOException {
        var asked = new AtomicInteger();
        try (var other = HttpListener.start(Ports.loopback(0), (_, exchange) -> {
            asked.incrementAndGet();
            exchange.respond(HttpResponse.text(200, "image/png", "a picture of the host's inside"));
        })) {
            // By name: the simulator's own address is one that the operator named.
            String address = "http://localhost:%d/inside.png".formatted(other.port());

            assertMeaning(draw("a lamp [[sim:RESULT_URL url=" + address + "]]"), FailureKind.RESULT_INVALID);
        }
        assertThat(asked).hasValue(0);
        assertCalls(1, 1);
    }

    /** Where only base64 or a file was asked for; a relative one. */
    @Test
    void anAddressOnTheServerIsFetchedOnceWithoutTheKey() {
        drawn(draw("a lamp [[sim:RESULT_URL]]")).close();

        String gone = "url=/%s/generated-images/none.png".formatted(simulator().name());
        assertMeaning(draw("a lamp [[sim:RESULT_URL " + gone + "]]"), FailureKind.RESULT_EXPIRED);
        assertThat(simulator().state().requests().last(100))
                .filteredOn(sent -> sent.path().contains("/generated-images/"))
                .hasSize(2)
                .allSatisfy(sent -> assertThat(sent.headers()).doesNotContainKey("authorization"));
    }

    @Test
    void theSeedDecidesThePicture() throws IOException {
        byte[] one = picture(7L);

        assertThat(picture(7L)).isEqualTo(one);
        assertThat(picture(8L)).isNotEqualTo(one);
    }

    private byte[] picture(long seed) throws IOException {
        var output = Output.of("16:9", OutputSize.K1);
        var request = new DrawRequest(model(), "a lamp", List.of(), output, null, null, seed, null, LONG, "job/1");
        try (Drawn drawn = drawn(provider().draw(request, newLog()))) {
            return Files.readAllBytes(drawn.pictures().getFirst().file().path());
        }
    }

    @Test
    void aKeyIsNotNeeded() {
        drawn(provider("").draw(request("a lamp", LONG, List.of()), newLog())).close();

        assertThat(simulator().state().requests().last(1).getFirst().headers()).doesNotContainKey("authorization");
    }
}
