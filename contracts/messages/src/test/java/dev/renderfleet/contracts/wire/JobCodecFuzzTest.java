package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The codec accepts or refuses any bytes and never throws. The seed is printed with each failure; {@code -Dfuzz.seed} repeats a run and
 * {@code -Dfuzz.rounds} makes it longer.
 */
class JobCodecFuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 2_000);

    private static final List<String> SPICES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "1e999999999",
            "9007199254740992",
            "\"\"",
            "\"..\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"s3://b/../k\"",
            "\"https://127.1/\"",
            "[]",
            "{}",
            "[[[[]]]]",
            "{\"a\":{\"b\":[null]}}",
            "\"{a}\"",
            "\"1K\"",
            "\"\\u202e\"",
            "0.5",
            "\"2026-11-23T08:30:00Z\"",
            "\"de-DE\"",
            "12345678901234567890.5");

    private final JobCodec codec = new JobCodec();
    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    @DisplayName("random bytes yield accepted or refused")
    void answersRandomBytes() {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] record = new byte[random.nextInt(200)];
            random.nextBytes(record);
            check(record);
        }
    }

    @Test
    @DisplayName("golden jobs with flipped, cut and doubled bytes yield accepted or refused")
    void answersDamagedJobs() {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] golden = Golden.bytes(Golden.JOBS.get(random.nextInt(Golden.JOBS.size())));
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                golden[random.nextInt(golden.length)] = (byte) random.nextInt(256);
            }
            int cut = random.nextInt(4) == 0 ? random.nextInt(golden.length) : golden.length;
            check(java.util.Arrays.copyOf(golden, cut));
        }
    }

    @Test
    @DisplayName("golden jobs with other values in their places yield accepted or refused")
    void answersWellFormedJobsOfOddContent() {
        List<JsonNode> goldens =
                Golden.JOBS.stream().map(name -> Golden.json(Golden.text(name))).toList();
        for (int round = 0; round < ROUNDS; round++) {
            JsonNode job = goldens.get(random.nextInt(goldens.size())).deepCopy();
            for (int changes = random.nextInt(1, 3); changes > 0; changes--) {
                change(job);
            }
            check(job.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void change(JsonNode job) {
        List<JsonNode> containers = new ArrayList<>();
        collect(job, containers);
        JsonNode spice = Golden.json(SPICES.get(random.nextInt(SPICES.size())));
        switch (containers.get(random.nextInt(containers.size()))) {
            case ObjectNode object -> {
                List<String> names = new ArrayList<>(
                        object.propertyStream().map(Map.Entry::getKey).toList());
                names.add("x" + random.nextInt(3));
                object.set(names.get(random.nextInt(names.size())), spice);
            }
            case ArrayNode array -> array.add(spice);
            default -> throw new IllegalStateException("no container");
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    private void check(byte[] record) {
        try {
            switch (codec.decode(record)) {
                case DecodedJob.Accepted accepted ->
                    assertThat(codec.decode(codec.encode(accepted.job()))).isEqualTo(accepted);
                case DecodedJob.Refused refused -> {
                    assertThat(refused.message())
                            .isNotBlank()
                            .hasSizeLessThan(300)
                            .doesNotContainPattern("[\\p{Cc}\\p{Cs}]");
                    if (refused.field() != null) {
                        assertThat(refused.field())
                                .hasSizeLessThanOrEqualTo(80)
                                .doesNotContainPattern("[\\p{Cc}\\p{Cs}]");
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "seed %d, record %s".formatted(SEED, new String(record, StandardCharsets.UTF_8)), e);
        }
    }
}
