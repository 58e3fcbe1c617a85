package dev.renderfleet.sandbox;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.process.DataFolder;
import dev.renderfleet.sandbox.process.Ports.PortTakenException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The command: starts all parts, prints their addresses, and runs until it is stopped. Standard output has that one line
 * and nothing else; exit code 2 means that the command line is wrong or a port is taken, 1 that a part did not start.
 */
public final class Sandbox {
    private static final int WRONG_USE = 2;
    private static final int FAILED = 1;

    private Sandbox() {}

    public static void main(String[] arguments) throws InterruptedException {
        PrintStream answers = System.out;
        // Libraries that print must not get between the reader and the one line it waits for.
        System.setOut(System.err);
        System.setProperty("java.awt.headless", "true");
        try {
            var options = SandboxOptions.parse(List.of(arguments));
            if (options.help) {
                answers.print(options.usage());
                return;
            }
            run(options, answers);
        } catch (IllegalArgumentException | PortTakenException e) {
            System.err.println("renderfleet-sandbox: " + e.getMessage());
            System.exit(WRONG_USE);
        } catch (IOException | RuntimeException e) {
            System.err.println("renderfleet-sandbox: did not start");
            e.printStackTrace();
            System.exit(FAILED);
        }
    }

    private static void run(SandboxOptions options, PrintStream answers) throws IOException, InterruptedException {
        var data = DataFolder.open(options.data());
        System.setProperty("renderfleet.sandbox.log", data.sub("sandbox.log").toString());
        var services = SandboxServices.start(options, data);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(services::close));
        if (options.stopWithParent) {
            Thread.ofPlatform().name("parent-watch").daemon().start(Sandbox::exitWhenParentGoes);
        }
        answers.println(JsonMapper.builder().build().writeValueAsString(services.endpoints()));
        answers.flush();
        new CountDownLatch(1).await();
    }

    private static void exitWhenParentGoes() {
        try {
            while (System.in.read() >= 0) {
                // The parent has nothing to say; only the end of its pipe matters.
            }
        } catch (IOException _) {
            // A broken pipe is an end as well.
        }
        System.exit(0);
    }
}
