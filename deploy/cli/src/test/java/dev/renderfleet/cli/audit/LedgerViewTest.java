package dev.renderfleet.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.cli.audit.LedgerView.Claimed;
import dev.renderfleet.cli.audit.LedgerView.Parked;
import dev.renderfleet.cli.audit.LedgerView.Terminal;
import dev.renderfleet.cli.audit.LedgerView.UnknownCall;
import dev.renderfleet.cli.audit.LedgerView.Unreadable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerViewTest {

    private static final String HISTORY =
            "'history':{'attempts':[{'outcome':'unknown_outcome','model':'m','usdMicros':7},"
                    + "{'outcome':'drawn','model':'m','usdMicros':9}]}";

    @Test
    void aClaimTellsWhoseItIsAndWhatItMayCost() {
        String claim =
                "{'state':'claimed','owner':'w/1','pending':{'preparedAt':'2026-01-01T00:00:00Z','worstUsdMicros':5},"
                        + HISTORY + "}";

        assertThat(read(claim))
                .isEqualTo(new Claimed(
                        "w/1", Instant.parse("2026-01-01T00:00:00Z"), 5, false, List.of(new UnknownCall("m", 7))));
    }

    @Test
    void aCallThatIsOnlyPreparedCostsNothing() {
        String claim = "{'state':'claimed','owner':'w','pending':{'stage':'PREPARED','worstUsdMicros':5},"
                + "'history':{'attempts':[]}}";

        assertThat(read(claim)).isEqualTo(new Claimed("w", Instant.EPOCH, 0, false, List.of()));
    }

    @Test
    void terminalEntriesAreRenderedOrFailed() {
        assertThat(read("{'state':'rendered'," + HISTORY + "}"))
                .isEqualTo(new Terminal(true, List.of(new UnknownCall("m", 7))));
        assertThat(read("{'state':'failed','outcome':{'outcome':'failed','retryable':false}," + HISTORY + "}"))
                .isEqualTo(new Terminal(false, List.of(new UnknownCall("m", 7))));
    }

    @Test
    void aParkedJobWaits() {
        assertThat(read("{'state':'parked'," + HISTORY + "}")).isEqualTo(new Parked(List.of(new UnknownCall("m", 7))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "{'state':'rendered'",
                "[]",
                "{}",
                "{'state':'eaten','history':{'attempts':[]}}",
                "{'state':'claimed','history':{'attempts':[]}}"
            })
    void whatIsNoEntryIsUnreadable(String json) {
        assertThat(read(json)).isInstanceOf(Unreadable.class);
    }

    private static LedgerView read(String json) {
        return LedgerView.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
