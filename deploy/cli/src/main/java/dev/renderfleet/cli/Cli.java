package dev.renderfleet.cli;

import dev.renderfleet.cli.audit.AuditCommand;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.cli.scheduler.CancelCommand;
import dev.renderfleet.cli.scheduler.MoneyCommand;
import dev.renderfleet.cli.scheduler.QueueCommand;
import dev.renderfleet.cli.scheduler.SubmitCommand;
import dev.renderfleet.cli.scheduler.WatchCommand;
import dev.renderfleet.cli.scheduler.WhyCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line's main class. A {@link UserError} is one line on standard error, and exit code 1 where the command names no other. */
@Command(
        name = "renderfleet",
        description =
                "Publishes render jobs, reads their outcomes, explains the choice of a model, asks the scheduler and audits a cluster.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Where Kafka, the bucket and the scheduler are is taken from options, else from environment variables, else from a profile file"
                    + " with the same names, one a line (--profile, RENDERFLEET_PROFILE, or"
                    + " ~/.config/renderfleet/profile.properties):",
            "",
            "  KAFKA_BOOTSTRAP_SERVERS=kafka:9092",
            "  KAFKA_SECURITY_PROTOCOL=SASL_SSL      (any setting of a Kafka client)",
            "  RENDERFLEET_S3_ENDPOINT=https://s3.eu-central-1.amazonaws.com",
            "  RENDERFLEET_S3_REGION=eu-central-1",
            "  RENDERFLEET_S3_BUCKET=renderfleet",
            "  RENDERFLEET_S3_ACCESS_KEY=...",
            "  RENDERFLEET_S3_SECRET_KEY=...",
            "  RENDERFLEET_SCHEDULER_URL=http://127.0.0.1:8081",
            "  RENDERFLEET_S3_CA_FILE=/etc/ssl/s3.pem  RENDERFLEET_S3_ADDRESSING=path  (if needed)",
            "",
            "All but the scheduler's are names of a worker's settings. Secrets have no option, since others can read a command line."
        },
        subcommands = {
            PublishCommand.class,
            EventsCommand.class,
            AuditCommand.class,
            ModelsCommand.class,
            ExplainCommand.class,
            SubmitCommand.class,
            WhyCommand.class,
            WatchCommand.class,
            CancelCommand.class,
            QueueCommand.class,
            MoneyCommand.class
        })
public final class Cli {

    Cli() {}

    /** Runs one command and exits. */
    public static void main(String[] args) {
        System.exit(commandLine(new Cli()).execute(args));
    }

    /** The command line of such a command, with the error handling and the version of this one. */
    public static CommandLine commandLine(Object command) {
        var line = new CommandLine(command);
        String version = Cli.class.getPackage().getImplementationVersion();
        line.getCommandSpec().version("Renderfleet " + (version == null ? "built from source" : version));
        return line.setCaseInsensitiveEnumValuesAllowed(true).setExecutionExceptionHandler((failure, failed, _) -> {
            if (failure instanceof UserError error) {
                failed.getErr().println(failure.getMessage());
                if (error.exitCode() != 0) {
                    return error.exitCode();
                }
            } else {
                failure.printStackTrace(failed.getErr());
            }
            return failed.getCommandSpec().exitCodeOnExecutionException();
        });
    }
}
