package dev.renderfleet.sandbox.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The control API. */
class ControlServerTest extends GeminiScenario {

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404, 421, 500, 503, 504})
    void failsAsToldAndThenSucceeds(int status) throws Exception {
        String prompt = "a boat [[sim:" + status + "*1]]";

        assertThat(generate(prompt, "").statusCode()).isEqualTo(status);
        assertThat(generate(prompt, "").statusCode()).isEqualTo(200);
        assertThat(control.callsByPrompt()).containsEntry(prompt, 1);
    }

    @Test
    void billsACallWhoseClientHungUp() {
        assertThatThrownBy(() -> generate("x [[sim:LATE seconds=30]]", "", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);

        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            var entry = control.ledger(10).entries().getFirst();
            assertThat(entry.clientGone()).isTrue();
            assertThat(entry.usdMicros()).isPositive();
        });
    }

    @Test
    void knowsWhichCallsRunAndWhenEachEnded() throws Exception {
        generate("a boat", "");
        var hanging = CLIENT.sendAsync(
                request("/v1beta/models/" + MODEL + ":generateContent")
                        .POST(BodyPublishers.ofString(body("a ship [[sim:HANG]]", "")))
                        .build(),
                BodyHandlers.ofByteArray());

        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            var running = control.running();
            assertThat(running.count()).isEqualTo(1);
            assertThat(running.calls().getFirst().prompt()).isEqualTo("a ship [[sim:HANG]]");
        });
        var entries = control.ledger(100_000).entries();
        assertThat(Instant.parse(entries.getFirst().ended()))
                .isAfterOrEqualTo(Instant.parse(entries.getFirst().time()));
        assertThat(entries.getLast().status()).isEqualTo("hung");
        assertThat(entries.getLast().ended()).isNull();

        hanging.cancel(true);
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(control.running().calls()).isEmpty();
            assertThat(control.ledger(1).entries().getLast().ended()).isNotNull();
        });
    }

    @Test
    void answers404ToASimulatorThatIsNotThere() throws Exception {
        for (String address : List.of(server.address("flux") + "/v1/flux-2-pro", server.control() + "/flux/ledger")) {
            var answer = CLIENT.send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("/flux/");
        }
    }

    @Test
    void refusesS3FaultsWithoutAStore() {
        assertThatThrownBy(sandbox::clearS3Faults).hasMessageContaining("without s3");
    }

    @Test
    void obeysRulesQuotaAndSettings() throws Exception {
        control.addRule(Rule.always("503").forPrompt("boat").times(1));
        control.quota(SimulatedQuota.requestsPerMinute(2));
        control.pictureBytes(300_000);

        assertThat(generate("a boat", "").statusCode()).isEqualTo(503);
        var second = generate("a boat", "");
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(picture(json(second)).length).isBetween(299_900, 300_000);
        assertThat(json(generate("a boat", "")).at("/error/code").asInt()).isEqualTo(429);
        assertThatThrownBy(() -> control.addRule(Rule.always("explode")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("explode");
    }

    @Test
    void showsRequestsWithoutTheirSecrets() throws Exception {
        generate("a boat", "");

        JsonNode requests = control.requests(10);
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).at("/headers/x-goog-api-key").asText()).isEqualTo("sand***");
    }

    @Test
    void numbersRequestsAlsoOverThoseItForgot() throws Exception {
        generate("a boat", "");
        long first = control.requests(1).get(0).path("number").asLong();
        sandbox.reset();
        generate("a house", "");
        generate("a tree", "");

        assertThat(control.requests(10))
                .extracting(request -> request.path("number").asLong())
                .containsExactly(first + 1, first + 2);
    }
}
