package dev.renderfleet.scheduler.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.net.SocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackGuardTest {

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    void thisMachineIsLocal(String host) {
        assertThat(LoopbackGuard.isLocal(SocketAddress.inetSocketAddress(5_000, host)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.1", "192.168.1.1", "0.0.0.0", "128.0.0.1", "fe80::1", "::ffff:10.0.0.1", "2001:db8::1"})
    void anotherMachineIsNot(String host) {
        assertThat(LoopbackGuard.isLocal(SocketAddress.inetSocketAddress(5_000, host)))
                .isFalse();
    }

    @Test
    void aClientWithoutAnAddressIsNot() {
        assertThat(LoopbackGuard.isLocal(null)).isFalse();
        assertThat(LoopbackGuard.isLocal(SocketAddress.domainSocketAddress("/run/scheduler")))
                .isFalse();
    }
}
