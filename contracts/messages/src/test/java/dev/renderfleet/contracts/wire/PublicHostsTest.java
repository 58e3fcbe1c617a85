package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicHostsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "EXAMPLE.com",
                "a.b-c.example",
                "xn--bcher-kva.example",
                "1.example",
                "3com.com",
                "127.0.0.1.nip.io",
                "1.1.1.1",
                "8.8.8.8",
                "172.15.0.1",
                "172.32.0.1",
                "100.63.255.255",
                "100.128.0.1",
                "192.0.1.1",
                "223.255.255.255",
                "[2606:4700::1111]",
                "[2a00:1450:4001:82a::200e]",
                "[64:ff9b::8.8.8.8]"
            })
    void hasNothingAgainstPublicHosts(String host) {
        assertThat(PublicHosts.objection(host)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // names that are not public
                "",
                "localhost",
                "LOCALHOST",
                "foo.localhost",
                "printer.local",
                "metadata.google.internal",
                "nas.home.arpa",
                "minio",
                "kubernetes.default.svc.cluster.local",
                "example.com.",
                "localhost.",
                ".example.com",
                "exa mple.com",
                "a..b",
                "-a.example",
                "a-.example",
                "a_b.example",
                "bücher.example",
                "example.com%2f",
                "１２７.0.0.１",
                // IPv4 that is not public
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "239.1.2.3",
                "240.0.0.1",
                "255.255.255.255",
                // odd spellings, of public ones too
                "2130706433",
                "134744072",
                "0x7f000001",
                "0x7f.1",
                "0X7F.0.0.1",
                "017700000001",
                "127.1",
                "127.0.1",
                "8.8.8",
                "127.0.0.01",
                "08.8.8.8",
                "0177.0.0.1",
                "8.8.8.8.",
                "256.1.1.1",
                "1.2.3.4.5",
                "1.2.3.0x4",
                "0x",
                "127.0.0.1.1",
                // IPv6
                "[::1]",
                "[::]",
                "[fe80::1]",
                "[fe80::1%25eth0]",
                "[fec0::1]",
                "[fc00::1]",
                "[fd12:3456::1]",
                "[ff02::1]",
                "[::ffff:8.8.8.8]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "[::8.8.8.8]",
                "[64:ff9b::10.0.0.1]",
                "[64:ff9b:1::1]",
                "[100::1]",
                "[2001::1]",
                "[2001:2::1]",
                "[2001:10::1]",
                "[2001:db8::1]",
                "[2002:7f00:1::]",
                "[2002:808:808::]",
                "[3fff::1]",
                "[4000::1]",
                "[]",
                "[",
                "[::1",
                "[x]",
                "[1.2.3.4]",
                "[::1]x",
                "::1",
                "2606:4700::1111"
            })
    void objectsToAllOthers(String host) {
        assertThat(PublicHosts.objection(host)).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"})
    void knowsPublicAddresses(String address) {
        assertThat(PublicHosts.isPublic(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "169.254.169.254",
                "::1",
                "fe80::1",
                "fd00::1",
                "64:ff9b::a00:1",
                "ff0e::1"
            })
    void knowsAddressesThatOnlyWeReach(String address) {
        assertThat(PublicHosts.isPublic(InetAddress.ofLiteral(address))).isFalse();
    }

    @Test
    void seesThroughAMappedAddressOfAResolver() throws UnknownHostException {
        byte[] mappedLoopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 127, 0, 0, 1};

        assertThat(PublicHosts.isPublic(InetAddress.getByAddress(mappedLoopback)))
                .isFalse();
        assertThat(PublicHosts.isPublic(Inet6Address.getByAddress("evil.example", mappedLoopback, 0)))
                .isFalse();
    }
}
