package dev.renderfleet.testbed;

import dev.renderfleet.testbed.audit.AuditCommand;
import dev.renderfleet.testbed.bench.BenchCommand;
import dev.renderfleet.testbed.chaos.ChaosCommand;
import dev.renderfleet.testbed.demo.DemoCommand;
import dev.renderfleet.testbed.system.FleetTrouble;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry of the {@code ./fleet} command. Expected trouble ends in one clear line on standard error, and exit code 1 where the command says no other. */
@Command(
        name = "fleet",
        description = "Runs and tries a whole Renderfleet on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DemoCommand.class,
            StopCommand.class,
            PublishCommand.class,
            EventsCommand.class,
            BenchCommand.class,
            ChaosCommand.class,
            AuditCommand.class
        })
public final class Fleet {

    private Fleet() {}

    /** Runs one command. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Fleet())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, _) -> {
                    if (failure instanceof FleetTrouble) {
                        command.getErr().println(failure.getMessage());
                    } else {
                        failure.printStackTrace(command.getErr());
                    }
                    return command.getCommandSpec().exitCodeOnExecutionException();
                });
    }
}
