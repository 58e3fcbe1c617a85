package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A picture that needs more memory than there is, in a process of its own. */
class SmallMemoryTest {

    @TempDir
    Path temp;

    /** 150 MiB decoded. */
    @ParameterizedTest
    @CsvSource({
        "200,   0, 'cannot be decoded: needs 150 MiB of memory, which is more than half of this worker'",
        "400, 300, cannot be decoded: java.lang.OutOfMemoryError",
        "600,   0, null"
    })
    void aPictureThatNeedsMoreMemoryThanThereIsIsRefused(int heapMebibytes, int others, String damage)
            throws Exception {
        Path picture =
                Files.write(temp.resolve("small.webp"), TestPictures.webp(6_272, 6_272, new byte[0], new byte[0]));
        Path log = temp.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heapMebibytes + "m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DecodingInSmallMemory.class.getName(),
                        picture.toString(),
                        Integer.toString(others))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(1, TimeUnit.MINUTES);
        process.destroyForcibly();

        assertThat(Files.readString(log)).contains("damage: " + damage);
        assertThat(ended).isTrue();
    }
}
