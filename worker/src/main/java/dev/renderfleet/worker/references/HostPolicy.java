package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.wire.PublicHosts;
import java.net.InetAddress;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Where {@code https://} references may be fetched from.
 *
 * @param reachable judges the address that is connected to, never a name
 * @param ports the ports that may be connected to
 */
public record HostPolicy(Predicate<InetAddress> reachable, Set<Integer> ports) {

    /** The public internet on port 443. */
    public static final HostPolicy STRICT = new HostPolicy(PublicHosts::isPublic, Set.of(443));

    public HostPolicy {
        ports = Set.copyOf(ports);
    }

    /** Any host, also this machine and the cloud's metadata service. For a sandbox and nothing else. */
    public static HostPolicy allowPrivateHttps(Set<Integer> ports) {
        return new HostPolicy(_ -> true, ports);
    }
}
