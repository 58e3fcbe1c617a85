package dev.renderfleet.worker.egress;

import dev.renderfleet.contracts.wire.PublicHosts;
import java.net.InetAddress;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The hosts that may be contacted.
 *
 * @param reachable whether an IP address is permitted
 * @param ports permitted ports
 */
public record HostPolicy(Predicate<InetAddress> reachable, Set<Integer> ports) {

    /** The public internet on port 443. */
    public static final HostPolicy STRICT = new HostPolicy(PublicHosts::isPublic, Set.of(443));

    public HostPolicy {
        ports = Set.copyOf(ports);
    }

    /** Any host, including this machine and the cloud's metadata service. For a sandbox only. */
    public static HostPolicy allowPrivateHttps(Set<Integer> ports) {
        return new HostPolicy(_ -> true, ports);
    }
}
