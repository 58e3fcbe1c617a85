package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A packaged Java program, to be started as a child process on the JDK that runs this code. The child ends when this JVM does,
 * however that ends, unless it is {@linkplain #release released}. Safe for use by many threads.
 *
 * @param jar with a main class in its manifest
 * @param javaOptions of the child's JVM
 * @param arguments of the program
 */
public record JavaProcess(Path jar, List<String> javaOptions, List<String> arguments) {

    /** A JVM warns on standard output, which belongs to the program. */
    private static final List<String> USUAL = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xlog:disable",
            "-Xlog:all=warning:stderr");

    /** For a process that lives for seconds or minutes: starting quickly matters more than running fast later. */
    private static final List<String> QUICK = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    public JavaProcess {
        javaOptions = List.copyOf(javaOptions);
        arguments = List.copyOf(arguments);
    }

    /** A program as its operator starts it: the JVM's defaults, with its AOT cache if there is one. */
    public static JavaProcess plain(Path jar) {
        JavaProcess plain = usual(jar);
        // The JVM ignores a cache that does not fit; that of an older build would only make it look.
        return isYounger(aotCache(jar), jar) ? plain.with(List.of("-XX:AOTCache=" + aotCache(jar))) : plain;
    }

    /** The same, started quickly: for development and tests. */
    public static JavaProcess quick(Path jar) {
        return plain(jar).with(QUICK);
    }

    /** A training run: on an orderly end the JVM writes an AOT cache, which {@link #adoptAotCache} puts to use. */
    public static JavaProcess training(Path jar) {
        return usual(jar).with(QUICK).with(List.of("-XX:AOTCacheOutput=" + newAotCache(jar)));
    }

    private static JavaProcess usual(Path jar) {
        return new JavaProcess(jar, USUAL, List.of());
    }

    /** Puts the AOT cache of a finished training run to use, if it wrote one. */
    public static void adoptAotCache(Path jar) {
        try {
            if (Files.exists(newAotCache(jar))) {
                Files.move(newAotCache(jar), aotCache(jar), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put the AOT cache beside " + jar, e);
        }
    }

    /** What the JVM has learnt of a program in a training run: beside its jar, and removed with it. */
    static Path aotCache(Path jar) {
        return jar.resolveSibling(jar.getFileName().toString().replaceFirst("\\.jar$", ".aot"));
    }

    private static Path newAotCache(Path jar) {
        return aotCache(jar).resolveSibling(aotCache(jar).getFileName() + ".new");
    }

    /** The same with these options of its JVM too; a later option wins. */
    public JavaProcess with(List<String> moreJavaOptions) {
        return new JavaProcess(jar, concat(javaOptions, moreJavaOptions), arguments);
    }

    /** The same with these arguments. */
    public JavaProcess arguments(List<String> newArguments) {
        return new JavaProcess(jar, javaOptions, newArguments);
    }

    /**
     * Starts it.
     *
     * @param settings of the environment, the working folder and the streams
     * @throws UncheckedIOException if the operating system refuses
     */
    public Process start(Consumer<ProcessBuilder> settings) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command);
        settings.accept(builder);
        try {
            Process process = builder.start();
            ParentWatch.JVM.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + jar, e);
        }
    }

    /** From now on this child, a program of any make, ends with this JVM too. */
    public static void adopt(Process child) {
        ParentWatch.JVM.add(child);
    }

    /** Lets a child outlive this JVM. */
    public static void release(long pid) {
        ParentWatch.JVM.remove(pid);
    }

    private static boolean isYounger(Path file, Path than) {
        try {
            return Files.exists(file)
                    && Files.exists(than)
                    && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
