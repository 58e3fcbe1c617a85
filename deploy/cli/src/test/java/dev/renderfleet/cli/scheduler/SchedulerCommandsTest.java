package dev.renderfleet.cli.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.renderfleet.cli.Cli;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands beside a server that answers as the scheduler does: what they ask, print and return. */
class SchedulerCommandsTest {

    private static final String PROBLEM =
            "{\"title\":\"the cap is refused\",\"status\":409,\"detail\":\"it is below what"
                    + " counts\",\"code\":\"below_use\",\"field\":\"usdMicros\"}";

    private static final int NOT_LISTENING = 1;

    @TempDir
    private Path folder = Path.of("set by JUnit");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = new ArrayList<>();
    private HttpServer server;
    private int port;
    private int status = 200;
    private String answer = "{}";
    /** Before {@link #answer}, one for each request. */
    private final Deque<String> next = new ConcurrentLinkedDeque<>();

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
                asked.add((exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body).strip());
                byte[] bytes = (next.isEmpty() ? answer : next.removeFirst()).getBytes(UTF_8);
                exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        port = server.getAddress().getPort();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    @Test
    void submitSendsOneJobOfAJsonFileAndLinesOfAnyOther() throws IOException {
        status = 202;
        answer = "{\"jobId\":\"0a\"}";
        assertThat(run("submit", file("job.json", "{ }").toString())).isZero();
        assertThat(out).hasToString("Accepted job 0a\n");
        assertThat(asked).containsExactly("POST /v1/jobs { }");

        status = 200;
        answer = "{\"accepted\":1,\"known\":2,\"refused\":1,\"refusals\":"
                + "[{\"line\":17,\"code\":\"invalid_field\",\"field\":\"prompt\",\"message\":\"is required\"}]}";
        assertThat(run("submit", file("jobs.ndjson", "{}\n{}").toString())).isEqualTo(1);
        assertThat(out.toString()).endsWith("1 accepted, 2 known already, 1 refused\n");
        assertThat(err).hasToString("line 17: prompt: is required\n");
    }

    @Test
    void submitReadsStandardInput() {
        answer = "{\"accepted\":2,\"known\":0,\"refused\":0}";
        var line = Cli.commandLine(new SubmitCommand(new ByteArrayInputStream("{}\n{}\n".getBytes(UTF_8))));

        assertThat(run(line, "--json")).isZero();

        assertThat(asked).containsExactly("POST /v1/jobs {}\n{}");
        assertThat(out).hasToString("{\"accepted\":2,\"known\":0,\"refused\":0}\n");
    }

    @Test
    void whySaysTheBindingCauseFirstAndTheEstimate() {
        answer = "{\"state\":\"queued\",\"sentence\":\"Held.\",\"causes\":[{\"kind\":\"hold\",\"sentence\":\"Held.\"},"
                + "{\"kind\":\"turn\",\"sentence\":\"Third.\"}],\"eta\":\"2026-11-30T12:00:00Z\"}";

        assertThat(run("why", "0a", "--tenant", "shop")).isZero();

        assertThat(asked).containsExactly("GET /v1/jobs/0a/why?tenant=shop");
        assertThat(out).hasToString("queued: Held.\n  also: Third.\n  release: 2026-11-30T12:00:00Z\n");
    }

    @Test
    void watchFollowsAJobToItsEnd() {
        next.add("{\"state\":\"queued\",\"sentence\":\"It is next in line.\"}");
        next.add("{\"state\":\"queued\",\"sentence\":\"It is next in line.\"}");
        next.add("{\"state\":\"released\",\"sentence\":\"Workers have it.\"}");
        next.add("{\"state\":\"canceling\",\"sentence\":\"Workers were asked.\"}");
        next.add("{\"state\":\"failed\",\"sentence\":\"It has ended.\"}");
        next.add("{\"state\":\"failed\",\"spentUsdMicros\":1000,\"unknownUsdMicros\":500}");

        assertThat(run(Cli.commandLine(new WatchCommand(Duration.ZERO)), "0a")).isEqualTo(1);

        assertThat(out.toString().lines())
                .containsExactly(
                        "queued: It is next in line.",
                        "released: Workers have it.",
                        "canceling: Workers were asked.",
                        "failed: It has ended.",
                        "It has cost 0.001500 USD, 0.000500 USD of it unknown.");
        assertThat(asked).endsWith("GET /v1/jobs/0a/why", "GET /v1/jobs/0a");
    }

    @Test
    void cancelSaysOfEachJobWhatBecameOfIt() {
        answer = "{\"state\":\"canceled\"}";
        assertThat(run("cancel", "0a", "0b")).isZero();
        assertThat(out).hasToString("0a canceled\n0b canceled\n");

        answer = "{\"state\":\"completed\"}";
        assertThat(run("cancel", "0a")).isEqualTo(1);
        assertThat(out.toString()).endsWith("0a has ended: completed\n");

        answer = "{\"state\":\"canceling\"}";
        assertThat(run("cancel", "0a")).isZero();
        assertThat(out.toString())
                .endsWith("0a is to be canceled before its next call; a call that is out is finished\n");
    }

    @Test
    void cancelByFilterGoesOnWhileThereAreMore() {
        next.add("{\"canceled\":10000,\"requested\":0,\"more\":true}");
        next.add("{\"canceled\":5,\"requested\":2,\"more\":false}");

        assertThat(run("cancel", "--tenant", "shop", "--batch", "a&b", "--label", "sku=1:2"))
                .isZero();

        assertThat(asked).hasSize(2).containsOnly("POST /v1/jobs/cancel?tenant=shop&batchId=a%26b&label=sku%3A1%3A2");
        assertThat(out.toString().lines())
                .containsExactly(
                        "10000 canceled, 0 to be canceled before their next call",
                        "5 canceled, 2 to be canceled before their next call");
        assertThat(run("cancel")).isEqualTo(2);
        assertThat(run("cancel", "0a", "--tenant", "shop")).isEqualTo(2);
    }

    @Test
    void queueShowsModelsAndTenants() {
        answer =
                "{\"models\":[{\"model\":\"m\",\"waiting\":7,\"running\":3,\"window\":{\"flightsMax\":9,\"perSecond\":2.5,"
                        + "\"hold\":{\"until\":\"2026-11-30T12:00:00Z\",\"reason\":\"rate_limited\"}}}],"
                        + "\"tenants\":[{\"tenant\":\"shop\",\"waiting\":7,\"running\":3,\"shares\":{\"m\":0.5}}]}";

        assertThat(run("queue")).isZero();

        assertThat(out.toString().lines().map(String::strip).map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "MODEL WAITING RUNNING WINDOW A MINUTE HOLD",
                        "m 7 3 9 150 until 2026-11-30T12:00:00Z, rate_limited",
                        "TENANT WAITING RUNNING SHARES",
                        "shop 7 3 50 % of m");
    }

    @Test
    void moneyShowsAccountsCapsAndResolves() {
        answer =
                "[{\"scope\":\"tenant_day\",\"day\":\"2026-11-30\",\"cap\":20000000,\"spent\":1500000,\"reserved\":0,\"unknown\":40000}]";
        assertThat(run("money", "show", "shop")).isZero();
        assertThat(out.toString().replaceAll(" +", " "))
                .contains("tenant day 2026-11-30 20.000000 1.500000 0.000000 0.040000");
        assertThat(asked).containsExactly("GET /v1/tenants/shop/accounts", "GET /v1/tenants/shop/unknown");

        answer = "{\"spentUsdMicros\":1540000}";
        assertThat(run("money", "cap", "shop", "day", "0.50")).isZero();
        assertThat(run("money", "cap", "shop", "total", "none")).isZero();
        assertThat(run("money", "resolve", "0a", "billed")).isZero();
        assertThat(asked)
                .endsWith(
                        "PUT /v1/tenants/shop/caps/day {\"usdMicros\":500000}",
                        "PUT /v1/tenants/shop/caps/total {\"usdMicros\":null}",
                        "POST /v1/jobs/0a/unknown {\"billed\":true}");
        assertThat(out.toString()).endsWith("Resolved; the job has cost 1.540000 USD.\n");
    }

    @Test
    void exitCodesNameRefusalUsageAndAnAbsentScheduler() {
        status = 409;
        answer = PROBLEM;
        assertThat(run("money", "cap", "shop", "day", "1")).isEqualTo(1);
        assertThat(err).hasToString("the cap is refused: usdMicros: it is below what counts\n");
        assertThat(run("money", "cap", "shop", "day", "a-lot")).isEqualTo(2);
        assertThat(run("money")).isEqualTo(2);
        assertThat(run("why")).isEqualTo(2);

        status = 503;
        answer = "{\"detail\":\"PostgreSQL does not answer; send the request again\"}";
        assertThat(run("queue")).isEqualTo(3);
        port = NOT_LISTENING;
        assertThat(run("queue")).isEqualTo(3);
        assertThat(err.toString()).contains("PostgreSQL does not answer", "--scheduler, RENDERFLEET_SCHEDULER_URL");
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private int run(String... arguments) {
        return run(Cli.commandLine(new Root()), arguments);
    }

    @Command(
            subcommands = {
                SubmitCommand.class,
                WhyCommand.class,
                CancelCommand.class,
                QueueCommand.class,
                MoneyCommand.class
            })
    private static final class Root {}

    private int run(CommandLine line, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--scheduler", "http://127.0.0.1:" + port));
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }
}
