package dev.renderfleet.worker.egress;

import java.net.InetAddress;
import java.net.Proxy;
import java.util.List;
import java.util.function.Predicate;
import okhttp3.Authenticator;
import okhttp3.CookieJar;
import okhttp3.Dns;
import okhttp3.OkHttpClient;

/** HTTP clients for addresses that are not trusted. */
public final class GuardedHttp {

    private GuardedHttp() {}

    /**
     * Checks the IP address of each connection, and throws {@link ForbiddenAddressException}. Sends no cookies and no credentials, uses no
     * proxy, follows no redirect and repeats nothing.
     */
    public static OkHttpClient.Builder builder(Dns dns, Predicate<InetAddress> reachable) {
        return new OkHttpClient.Builder()
                .dns(host -> checked(dns.lookup(host), reachable))
                .socketFactory(new GuardedSocketFactory(reachable))
                .proxy(Proxy.NO_PROXY)
                .cookieJar(CookieJar.NO_COOKIES)
                .authenticator(Authenticator.NONE)
                .followRedirects(false)
                .retryOnConnectionFailure(false);
    }

    /** Rejects a name if any of its addresses is forbidden. */
    private static List<InetAddress> checked(List<InetAddress> addresses, Predicate<InetAddress> reachable)
            throws ForbiddenAddressException {
        if (!addresses.stream().allMatch(reachable)) {
            throw new ForbiddenAddressException();
        }
        return addresses;
    }
}
