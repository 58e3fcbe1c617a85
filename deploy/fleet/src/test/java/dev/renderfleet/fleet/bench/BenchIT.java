package dev.renderfleet.fleet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.fleet.system.Places;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** That the benchmark measures what it says it does, on a handful of jobs; how long anything takes is of no interest here. */
class BenchIT {

    @Test
    void latencyDescribesEachJobOnce() throws IOException {
        JsonNode latency = figures("latency").path("latency");

        assertThat(latency.path("jobs").asInt()).isEqualTo(5);
        assertThat(latency.path("added").path("count").asInt()).isEqualTo(5);
    }

    @Test
    void throughputComparesWithTheBareMinimum() throws IOException {
        JsonNode throughput = figures("throughput").path("throughput");

        assertThat(throughput.path("worker").size())
                .isEqualTo(throughput.path("bare").size());
        assertThat(throughput.path("bare").path(0).path("bytesStored").asLong())
                .as("the bare minimum stores the same pictures")
                .isEqualTo(throughput.path("worker").path(0).path("bytesStored").asLong())
                .isPositive();
        assertThat(throughput.path("ratio").asDouble()).isPositive();
    }

    private static JsonNode figures(String scenario) throws IOException {
        var out = new StringWriter();
        var places = new Places(Path.of("..", ".."), Path.of("target", "it", "bench-" + scenario));
        int exit = new CommandLine(new BenchCommand(places))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .execute("--only", scenario, "--jobs", "5", "--json");
        assertThat(exit).as(out.toString()).isZero();
        return new ObjectMapper().readTree(out.toString().lines().toList().getLast());
    }
}
