package dev.renderfleet.testbed;

import dev.renderfleet.cli.Cli;
import dev.renderfleet.testbed.bench.BenchCommand;
import dev.renderfleet.testbed.chaos.ChaosCommand;
import dev.renderfleet.testbed.demo.DemoCommand;
import picocli.CommandLine.Command;

/** Main class of the testbed: those {@code ./fleet} commands that start processes on this machine. */
@Command(
        name = "fleet",
        description = "Runs and tries a whole Renderfleet on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {DemoCommand.class, StopCommand.class, BenchCommand.class, ChaosCommand.class, TrainCommand.class
        })
public final class Fleet {

    private Fleet() {}

    /** Runs one command and exits. */
    public static void main(String[] args) {
        System.exit(Cli.commandLine(new Fleet()).execute(args));
    }
}
