package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said where Kafka does not answer: which address, and why. */
@Timeout(30)
class BrokerProbeTest {

    @Test
    void aWrongPortIsNamedWithItsError() throws IOException {
        String server = "127.0.0.1:" + freePort();
        try (var clients = new KafkaClients(Map.of("bootstrap.servers", server), "test/1")) {
            assertThatThrownBy(new TopicChecks(clients.admin(), server)::clusterId)
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining(server + " cannot be reached (Connection refused)");
        }
    }

    @Test
    void anAddressThatIsNoBrokersIsNamed() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String server = "127.0.0.1:" + other.getLocalPort();
            assertThat(BrokerProbe.diagnose(server)).startsWith(server).contains("kafka.security.protocol");
        }
    }

    @Test
    void eachAddressIsNamed() throws IOException {
        assertThat(BrokerProbe.diagnose("no-such-host.invalid:9092, [::1]:" + freePort() + ", broker"))
                .contains("no-such-host.invalid:9092 is an unknown host")
                .contains("cannot be reached")
                .contains("broker is no host:port");
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
