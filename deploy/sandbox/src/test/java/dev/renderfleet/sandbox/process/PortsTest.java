package dev.renderfleet.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortsTest {

    /** Without a record of what was chosen, 300 of 12,000 ports are distinct once in forty runs. */
    @Test
    void noPortIsChosenTwiceThoughNoneIsBoundYet() {
        assertThat(IntStream.range(0, 300).map(_ -> Ports.choose("", 0)).boxed().toList())
                .doesNotHaveDuplicates();
    }
}
