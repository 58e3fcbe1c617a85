package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.testbed.system.ForeignProgram;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A queue on Redis with which others would build a worker; ours are in {@code deploy/testbed/peers}. */
enum PeerMake {
    BULLMQ("package-lock.json", "node worker.mjs", "node feeder.mjs"),
    /** With threads, for a task that mostly waits. */
    CELERY(
            "requirements.txt",
            "venv/bin/celery --app=tasks worker --pool=threads --concurrency=" + BenchFleet.SLOTS
                    + " --without-gossip --without-mingle --without-heartbeat --loglevel=warning",
            "venv/bin/python feeder.py");

    private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(10);

    private final String packages;
    private final String worker;
    private final String feeder;

    PeerMake(String packages, String worker, String feeder) {
        this.packages = packages;
        this.worker = worker;
        this.feeder = feeder;
    }

    List<String> worker() {
        return List.of(worker.split(" ", -1));
    }

    List<String> feeder() {
        return List.of(feeder.split(" ", -1));
    }

    /**
     * Copies the programs beside their packages, which are installed once.
     *
     * @return the folder
     * @throws UserError with the reason if it cannot be had on this machine
     */
    Path install(Paths paths, Consumer<String> progress) {
        Path testbed = paths.repository().resolve("deploy/testbed").toAbsolutePath();
        Path source = testbed.resolve("peers").resolve(toString());
        Path folder = testbed.resolve("target/peers").resolve(toString());
        Path log = folder.resolve("install.log");
        ForeignProgram.run(
                List.of("redis-server", "--version"), folder, log, INSTALLED_WITHIN, "redis-server does not run");
        try {
            Path installed = folder.resolve("installed");
            boolean fresh = Files.exists(installed) && Files.mismatch(installed, source.resolve(packages)) < 0;
            try (Stream<Path> files = Files.list(source)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            if (!fresh) {
                progress.accept("Installing " + this + " into " + folder + " ...");
                installPackages(folder, log);
                Files.copy(source.resolve(packages), installed, StandardCopyOption.REPLACE_EXISTING);
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void installPackages(Path folder, Path log) {
        switch (this) {
            case BULLMQ ->
                ForeignProgram.run(
                        List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                        folder,
                        log,
                        INSTALLED_WITHIN,
                        "npm cannot install its packages");
            case CELERY -> {
                ForeignProgram.run(
                        List.of("python3", "-m", "venv", "venv"), folder, log, INSTALLED_WITHIN, "python3 has no venv");
                ForeignProgram.run(
                        List.of("venv/bin/pip", "install", "--quiet", "-r", packages),
                        folder,
                        log,
                        INSTALLED_WITHIN,
                        "pip cannot install its packages");
            }
        }
    }

    /** As people write it on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
