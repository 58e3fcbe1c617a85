package dev.renderfleet.sandbox;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the command line says. Ports of 0 mean any free one. */
record SandboxOptions(
        boolean help,
        int kafkaPort,
        int postgresPort,
        int s3Port,
        int geminiPort,
        Optional<Path> data,
        double timeScale,
        long seed,
        int partitions,
        String bucket,
        boolean stopWithParent,
        Set<Part> without) {

    /** The parts that can be left out. */
    enum Part {
        KAFKA,
        POSTGRES,
        S3,
        GEMINI
    }

    static final String HELP = """
            Usage: java -jar renderfleet-sandbox-runnable.jar [options]

            Kafka, PostgreSQL, S3 and a simulated Gemini in one process, on 127.0.0.1 only.
            Prints one line of JSON when everything is up. Stop it with SIGTERM or Ctrl-C.

              --kafka-port N      Kafka's port; 0 = any free one (default)
              --postgres-port N   PostgreSQL's port
              --s3-port N         port of the S3 endpoint
              --gemini-port N     port of the simulated Gemini and of the control API
              --data DIR          keep all data here (default: a temporary folder, removed at the end)
              --time-scale N      divide all simulated latencies by N (default 1)
              --seed N            seed of latencies and pictures (default 1)
              --partitions N      partitions of each topic (default 6)
              --bucket NAME       the bucket to create (default renderfleet)
              --without PARTS     leave out kafka, postgres, s3 or gemini, or several: postgres,s3
              --stop-with-parent  stop when standard input closes
              --help              print this
            """;

    SandboxOptions {
        without = Set.copyOf(without);
    }

    boolean with(Part part) {
        return !without.contains(part);
    }

    /** Reads the command line. The exception's message is meant for the person at the terminal. */
    static SandboxOptions parse(List<String> arguments) {
        var reading = new Reading(new ArrayDeque<>(arguments));
        while (!reading.rest.isEmpty()) {
            reading.next();
        }
        return reading.result();
    }

    private static final class Reading {
        private final ArrayDeque<String> rest;
        private final Set<Part> without = EnumSet.noneOf(Part.class);
        private boolean help;
        private int kafkaPort;
        private int postgresPort;
        private int s3Port;
        private int geminiPort;
        private Optional<Path> data = Optional.empty();
        private double timeScale = 1;
        private long seed = 1;
        private int partitions = 6;
        private String bucket = "renderfleet";
        private boolean stopWithParent;

        Reading(ArrayDeque<String> rest) {
            this.rest = rest;
        }

        void next() {
            String given = rest.removeFirst();
            int equals = given.indexOf('=');
            String option = equals < 0 ? given : given.substring(0, equals);
            if (equals >= 0) {
                rest.addFirst(given.substring(equals + 1));
            }
            switch (option) {
                case "--help", "-h" -> help = true;
                case "--stop-with-parent" -> stopWithParent = true;
                case "--kafka-port" -> kafkaPort = (int) number(option, 0, 65_535);
                case "--postgres-port" -> postgresPort = (int) number(option, 0, 65_535);
                case "--s3-port" -> s3Port = (int) number(option, 0, 65_535);
                case "--gemini-port" -> geminiPort = (int) number(option, 0, 65_535);
                case "--partitions" -> partitions = (int) number(option, 1, 1_000);
                case "--seed" -> seed = number(option, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--time-scale" -> timeScale = scale(option);
                case "--data" -> data = Optional.of(Path.of(value(option)));
                case "--bucket" -> bucket = value(option);
                case "--without" -> without.addAll(parts(option));
                default -> throw new IllegalArgumentException("unknown option " + option + "; --help lists them all");
            }
        }

        SandboxOptions result() {
            return new SandboxOptions(
                    help,
                    kafkaPort,
                    postgresPort,
                    s3Port,
                    geminiPort,
                    data,
                    timeScale,
                    seed,
                    partitions,
                    bucket,
                    stopWithParent,
                    without);
        }

        private String value(String option) {
            String value = rest.pollFirst();
            if (value == null || value.isBlank()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return value;
        }

        private long number(String option, long min, long max) {
            String value = value(option);
            try {
                long number = Long.parseLong(value);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException _) {
                // Said below.
            }
            throw new IllegalArgumentException(
                    "%s must be a whole number from %d to %d, not '%s'".formatted(option, min, max, value));
        }

        private double scale(String option) {
            String value = value(option);
            try {
                double number = Double.parseDouble(value);
                if (number > 0 && Double.isFinite(number)) {
                    return number;
                }
            } catch (NumberFormatException _) {
                // Said below.
            }
            throw new IllegalArgumentException("%s must be a number above 0, not '%s'".formatted(option, value));
        }

        private List<Part> parts(String option) {
            return Stream.of(value(option).split(",", -1))
                    .map(name -> part(option, name))
                    .toList();
        }

        private static Part part(String option, String value) {
            for (Part part : Part.values()) {
                if (part.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return part;
                }
            }
            throw new IllegalArgumentException(option + " knows kafka, postgres, s3 and gemini, not '" + value + "'");
        }
    }
}
