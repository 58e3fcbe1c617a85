package dev.renderfleet.worker.providers.bfl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Objects;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BflTaskTest {

    private static final HttpUrl BFL = HttpUrl.get("https://api.bfl.ai");

    /** In the ledgers of running jobs: never change the text, only add a new form. */
    @Test
    void textsInTheLedgerAreReadForEver() {
        String text = "0191-a https://api.eu.bfl.ai/v1/get_result?id=0191-a 48000";

        BflTask task = parsed(text);

        assertThat(task.id()).isEqualTo("0191-a");
        assertThat(task.usdMicros()).isEqualTo(48_000);
        assertThat(task.askAt(BFL)).hasToString("https://api.eu.bfl.ai/v1/get_result?id=0191-a");
        assertThat(task.text()).isEqualTo(text);
        assertThat(parsed("0191-a - -").text()).isEqualTo("0191-a - -");
        assertThat(parsed("0191-a - -").askAt(BFL)).hasToString("https://api.bfl.ai/v1/get_result?id=0191-a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0191-a", "0191-a - x", "a/b - -", "0191-a https://api.bfl.ai 1 2", "0191-a - -1"})
    void otherTextsAreNoTasks(String text) {
        assertThat(BflTask.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.us.bfl.ai/v1/get_result?id=a, https://api.bfl.ai, true",
        "https://bfl.ai/v1/get_result?id=a, https://api.bfl.ai, true",
        "http://api.us.bfl.ai/v1/get_result?id=a, https://api.bfl.ai, false",
        "https://evilbfl.ai/v1/get_result?id=a, https://api.bfl.ai, false",
        "https://bfl.ai.evil.example/v1/get_result?id=a, https://api.bfl.ai, false",
        "https://api.bfl.ai@evil.example/v1/get_result?id=a, https://api.bfl.ai, false",
        "http://127.0.0.1:4010/eu/v1/get_result?id=a, http://127.0.0.1:4010/bfl, true",
        "http://127.0.0.1:4011/eu/v1/get_result?id=a, http://127.0.0.1:4010/bfl, false",
        "http://localhost:4010/eu/v1/get_result?id=a, http://127.0.0.1:4010/bfl, false",
        "ftp://api.bfl.ai/v1/get_result?id=a, https://api.bfl.ai, false"
    })
    void onlyBflsHostsAndTheConfiguredOneGetTheKey(String pollingUrl, String base, boolean asked) throws IOException {
        HttpUrl home = HttpUrl.get(base);

        HttpUrl url = accepted("{\"id\":\"a\",\"polling_url\":\"" + pollingUrl + "\"}")
                .askAt(home);

        assertThat(url)
                .hasToString(asked ? pollingUrl : home + (base.endsWith("bfl") ? "/" : "") + "v1/get_result?id=a");
    }

    @Test
    void anIdIsAddedToAPollingUrlWithoutOne() throws IOException {
        BflTask task = accepted("{\"id\":\"a\",\"polling_url\":\"https://api.eu.bfl.ai/v1/get_result\"}");

        assertThat(task.askAt(BFL)).hasToString("https://api.eu.bfl.ai/v1/get_result?id=a");
    }

    @ParameterizedTest
    @CsvSource({"4.8, 48000", "6, 60000", "0.123456, 1235", "0, 0", "-1, ", "1e30, ", "'\"4.8\"', ", "null, "})
    void aCreditIsOneCent(String cost, Long usdMicros) throws IOException {
        assertThat(accepted("{\"id\":\"a\",\"cost\":" + cost + "}").usdMicros()).isEqualTo(usdMicros);
    }

    private static BflTask accepted(String json) throws IOException {
        return Objects.requireNonNull(BflTask.accepted(new JsonMapper().readTree(json), true));
    }

    private static BflTask parsed(String text) {
        return Objects.requireNonNull(BflTask.parse(text));
    }
}
