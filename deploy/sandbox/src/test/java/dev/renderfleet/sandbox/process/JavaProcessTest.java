package dev.renderfleet.sandbox.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaProcessTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void startsWithoutItsAotCacheIfThatIsBroken() throws Exception {
        Path jar = jar(Greeter.class);
        Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
        Files.writeString(JavaProcess.aotCache(jar), "no cache");
        Path errors = folder.resolve("errors");

        Process process =
                JavaProcess.quick(jar).arguments(List.of("world")).start(child -> child.redirectError(errors.toFile()));

        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("hello world\n");
        assertThat(process.waitFor()).isZero();
        assertThat(errors).as("where the JVM says that it has tried").isNotEmptyFile();
    }

    @Test
    void takesNoAotCacheThatIsOlderThanItsJar() throws Exception {
        Path jar = jar(Greeter.class);
        Path cache = Files.writeString(JavaProcess.aotCache(jar), "of an older build");
        Files.setLastModifiedTime(jar, Files.getLastModifiedTime(cache));

        assertThat(JavaProcess.quick(jar).javaOptions()).noneMatch(option -> option.startsWith("-XX:AOTCache"));
    }

    @Test
    void endsWhenItsParentIsKilledUnlessItWasReleased() throws Exception {
        Process parent = JavaProcess.plain(jar(Parent.class))
                .arguments(List.of(jar(Sleeper.class).toString()))
                .start(_ -> {});
        ProcessHandle released;
        ProcessHandle held;
        try (BufferedReader pids = parent.inputReader()) {
            released = child(pids);
            held = child(pids);
            parent.destroyForcibly();
        }
        try {
            Awaitility.await().atMost(SOON).until(() -> !held.isAlive());
            assertThat(released.isAlive()).isTrue();
        } finally {
            released.destroyForcibly();
            held.destroyForcibly();
        }
    }

    private static ProcessHandle child(BufferedReader pids) throws IOException {
        return ProcessHandle.of(Long.parseLong(pids.readLine())).orElseThrow();
    }

    /** A jar that starts a class of this test. */
    private Path jar(Class<?> main) throws IOException {
        var manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, main.getName());
        attributes.put(Attributes.Name.CLASS_PATH, place(main) + " " + place(JavaProcess.class));
        Path jar = folder.resolve(main.getSimpleName() + ".jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    private static String place(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().toString();
    }

    static final class Greeter {
        private Greeter() {}

        public static void main(String[] arguments) {
            System.out.println("hello " + arguments[0]);
        }
    }

    static final class Sleeper {
        private Sleeper() {}

        public static void main(String[] arguments) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    /** Starts two children, releases the first, and stays. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws InterruptedException {
            JavaProcess child = JavaProcess.plain(Path.of(arguments[0]));
            long released = child.start(_ -> {}).pid();
            JavaProcess.release(released);
            System.out.println(released);
            System.out.println(child.start(_ -> {}).pid());
            new CountDownLatch(1).await();
        }
    }
}
