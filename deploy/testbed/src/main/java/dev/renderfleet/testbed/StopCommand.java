package dev.renderfleet.testbed;

import dev.renderfleet.testbed.system.FleetProcess;
import dev.renderfleet.testbed.system.FleetState;
import dev.renderfleet.testbed.system.Paths;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops the running fleet, or the leftover processes of a crashed one. */
@Command(
        name = "stop",
        description = "Stops a fleet that was started with --keep, or left behind.",
        mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        FleetState fleet = FleetState.find(Paths.here());
        List<FleetProcess> ended = fleet == null ? List.of() : fleet.stop(Paths.here());
        out.println(
                ended.isEmpty()
                        ? "Nothing was running."
                        : "Ended " + ended.stream().map(FleetProcess::name).collect(Collectors.joining(", ")) + ".");
        return 0;
    }
}
