package dev.renderfleet.contracts.wire;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes hosts of the public internet from internal ones (loopback, private, link-local with the cloud's metadata), so that no
 * job can make the fleet contact an internal host (SSRF). Both steps are needed: {@link #objection(String)} checks the host as written,
 * without DNS; {@link #isPublic(InetAddress)} checks every resolved address when connecting and after each redirect. Numbers are
 * accepted only in canonical form: resolvers, libraries and proxies disagree about {@code 127.1}, {@code 0x7f.1} and
 * {@code 2130706433}, which an attacker can exploit.
 *
 * <p>Ranges are those of the IANA special-purpose registries that are not globally reachable. Pure; resolves no name.
 */
public final class PublicHosts {

    private static final int HOST_CHARS_MAX = 253;
    private static final Pattern CANONICAL_IPV4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
    private static final Pattern NUMERIC_LABEL = Pattern.compile("\\d+|0[xX][0-9a-fA-F]*");
    private static final Pattern NAME = Pattern.compile(
            "([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private PublicHosts() {}

    /**
     * The reason to refuse the host as written in an address, or null. An IPv6 literal is in brackets. A valid name may still resolve
     * to a private address: check {@link #isPublic(InetAddress)} too.
     */
    public static @Nullable String objection(String host) {
        if (host.isEmpty() || host.length() > HOST_CHARS_MAX) {
            return String.format(Locale.ROOT, "a host has 1 to %d characters", HOST_CHARS_MAX);
        }
        if (host.startsWith("[")) {
            return objectionToIpv6(host);
        }
        if (host.endsWith(".")) {
            return "a host must not end in a dot; remove it";
        }
        String last = host.substring(host.lastIndexOf('.') + 1);
        if (NUMERIC_LABEL.matcher(last).matches()) {
            if (!CANONICAL_IPV4.matcher(host).matches()) {
                return "an IPv4 address has four decimal numbers without leading zeros";
            }
            return isPublic(InetAddress.ofLiteral(host)) ? null : notPublic();
        }
        return objectionToName(host);
    }

    private static @Nullable String objectionToName(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return notPublic();
        }
        if (!NAME.matcher(name).matches()) {
            return "a public host is a full domain name of letters, digits, hyphens and dots; write others in punycode";
        }
        return name.endsWith(".local") || name.endsWith(".internal") || name.endsWith(".home.arpa")
                ? notPublic()
                : null;
    }

    private static @Nullable String objectionToIpv6(String host) {
        String rule = "an IPv6 address must be in brackets, without zone";
        if (!host.endsWith("]") || host.contains("%")) {
            return rule;
        }
        try {
            // An IPv4-mapped address (::ffff:1.2.3.4) is returned as IPv4 and always refused.
            return switch (Inet6Address.ofLiteral(host.substring(1, host.length() - 1))) {
                case Inet4Address _ -> "an IPv4 address must not be written as IPv6";
                case InetAddress address -> isPublic(address) ? null : notPublic();
            };
        } catch (IllegalArgumentException _) {
            return rule;
        }
    }

    private static String notPublic() {
        return "the host is not on the public internet; loopback, link-local and private addresses are never contacted";
    }

    /** Whether an address that a name resolved to is globally reachable unicast. */
    public static boolean isPublic(InetAddress address) {
        return switch (address) {
            case Inet4Address v4 -> isPublicIpv4(v4.getAddress());
            case Inet6Address v6 -> isPublicIpv6(v6.getAddress());
            default -> false;
        };
    }

    private static boolean isPublicIpv4(byte[] bytes) {
        int a = bytes[0] & 0xff;
        int b = bytes[1] & 0xff;
        int c = bytes[2] & 0xff;
        return switch (a) {
            case 0, 10, 127 -> false;
            case 100 -> (b & 0xc0) != 64; // 100.64/10, carrier-grade NAT
            case 169 -> b != 254; // link-local, cloud metadata
            case 172 -> (b & 0xf0) != 16;
            case 192 ->
                !(b == 168 // private
                        || (b == 0 && (c == 0 || c == 2)) // protocol assignments, documentation
                        || (b == 88 && c == 99)); // 6to4 relays
            case 198 -> !((b & 0xfe) == 18 || (b == 51 && c == 100)); // benchmarks, documentation
            case 203 -> !(b == 0 && c == 113); // documentation
            default -> a < 224; // multicast, reserved, broadcast
        };
    }

    private static boolean isPublicIpv6(byte[] bytes) {
        if (hasPrefix(bytes, 0x0064, 0xff9b) && isZero(bytes, 4, 12)) {
            // NAT64, by which IPv6-only clusters reach IPv4 hosts: as public as the embedded IPv4 address.
            return isPublicIpv4(new byte[] {bytes[12], bytes[13], bytes[14], bytes[15]});
        }
        boolean globalUnicast =
                (bytes[0] & 0xe0) == 0x20; // 2000::/3; all else is local, mapped, multicast or unassigned
        boolean protocolAssignment = hasPrefix(bytes, 0x2001) && (bytes[2] & 0xfe) == 0; // 2001::/23, Teredo among them
        boolean documentation =
                hasPrefix(bytes, 0x2001, 0x0db8) || (hasPrefix(bytes, 0x3fff) && (bytes[2] & 0xf0) == 0);
        boolean sixToFour = hasPrefix(bytes, 0x2002); // has an IPv4 address inside
        return globalUnicast && !protocolAssignment && !documentation && !sixToFour;
    }

    private static boolean hasPrefix(byte[] bytes, int... groups) {
        for (int i = 0; i < groups.length; i++) {
            if ((((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff)) != groups[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
