package dev.renderfleet.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** What the operating system knows of a process. */
final class Processes {

    private static final String PEAK_RESIDENT = "VmHWM:";

    private Processes() {}

    /** Processor time since its start, all threads, in steps of the kernel's 10 ms. */
    static Duration cpu(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new IllegalStateException("process " + pid + " has ended"));
    }

    /** The same with all processes that it has started, as long as they live. */
    static Duration cpuOfTree(long pid) {
        return tree(pid).map(Processes::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    /** The sum of the peaks of it and of all processes that it has started. */
    static double peakResidentMebibytesOfTree(long pid) {
        return tree(pid).mapToDouble(Processes::peakResidentMebibytes).sum();
    }

    private static Stream<Long> tree(long pid) {
        return Stream.concat(
                Stream.of(pid),
                ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::descendants)
                        .map(ProcessHandle::pid));
    }

    /** The most memory it ever had resident, in MiB; 0 where there is no {@code /proc} or no such process. */
    static double peakResidentMebibytes(long pid) {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith(PEAK_RESIDENT))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
