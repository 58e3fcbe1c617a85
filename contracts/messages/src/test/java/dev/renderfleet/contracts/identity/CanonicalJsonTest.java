package dev.renderfleet.contracts.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors of RFC 8785: its sections 3.2.2 to 3.2.4, appendix B, and the test data it points to. */
class CanonicalJsonTest {

    @Test
    void writesTheExampleOfSection322() {
        String json = """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                  "literals": [null, true, false]
                }
                """;

        assertThat(canonical(json))
                .isEqualTo("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    /** The bytes that section 3.2.4 prints. */
    @Test
    void writesUtf8() {
        byte[] bytes = CanonicalJson.of("{\"string\": \"\\u20ac\"}");

        assertThat(bytes).asHexString().isEqualTo("7B22737472696E67223A22E282AC227D");
    }

    @Test
    void sortsNamesByUtf16CodeUnits() {
        String json = """
                {
                  "\\u20ac": "Euro Sign",
                  "\\r": "Carriage Return",
                  "\\ufb33": "Hebrew Letter Dalet With Dagesh",
                  "1": "One",
                  "\\ud83d\\ude00": "Emoji: Grinning Face",
                  "\\u0080": "Control",
                  "\\u00f6": "Latin Small Letter O With Diaeresis"
                }
                """;

        assertThat(canonical(json))
                .isEqualTo("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                        + "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\","
                        + "\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[56, {\"d\": true, \"10\": null, \"1\": [ ]}] | [56,{\"1\":[],\"10\":null,\"d\":true}]",
                "{\"1\": {\"f\": {\"f\": \"hi\",\"F\": 5} ,\"\\n\": 56.0}, \"10\": { }, \"\": \"empty\", \"a\": { }} "
                        + "| {\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},\"10\":{},\"a\":{}}",
                "{\"Unnormalized Unicode\":\"A\\u030a\"} | {\"Unnormalized Unicode\":\"A\u030a\"}",
                "{\"peach\": 1, \"péché\": 2, \"pêche\": 3, \"sin\": 4} | {\"peach\":1,\"péché\":2,\"pêche\":3,\"sin\":4}",
                "[\"\\b\\t\\n\\f\\r\\u001f\\u007f\\/\"] | [\"\\b\\t\\n\\f\\r\\u001f\u007f/\"]"
            })
    void writesTheTestData(String json, String expected) {
        assertThat(canonical(json)).isEqualTo(expected);
    }

    /** Appendix B: the bits of a double and its text. */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void writesNumbersAsEcmaScriptDoes(String bits, String expected) {
        double number = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));

        assertThat(canonical("[" + number + "]")).isEqualTo("[" + expected + "]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "\"text\"",
                "[1",
                "{\"a\":1,\"a\":2}",
                "[\"\\ud800\"]",
                "[\"\\udc00\\ud800\"]",
                "[1e999]",
                "[NaN]"
            })
    void refusesWhatIsNotIJson(String json) {
        assertThatIllegalArgumentException().isThrownBy(() -> CanonicalJson.of(json));
    }

    @Test
    void takesMapsToo() {
        assertThat(CanonicalJson.of(Map.of("b", List.of(1, true), "a", Map.of("c", "d"))))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"a\":{\"c\":\"d\"},\"b\":[1,true]}");
        assertThatIllegalArgumentException().isThrownBy(() -> CanonicalJson.of(Map.of("a", new Object())));
    }

    private static String canonical(String json) {
        return new String(CanonicalJson.of(json), StandardCharsets.UTF_8);
    }
}
