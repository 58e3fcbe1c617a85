package dev.renderfleet.testbed.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/** Where the figures were taken; without it they mean nothing. */
record Machine(int processors, double loadAverage, long memoryMebibytes, String java, String system)
        implements Figures {

    static Machine here() {
        long bytes = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean known
                ? known.getTotalMemorySize()
                : 0;
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                bytes >> 20,
                Runtime.version().toString(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    @Override
    public List<String> lines() {
        return List.of(String.format(
                Locale.ROOT,
                "%d processors (load average before: %.2f), %d MiB, JDK %s, %s; sandbox, worker and this client share them.",
                processors,
                loadAverage,
                memoryMebibytes,
                java,
                system));
    }
}
