package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.contracts.wire.PublicHosts;
import dev.renderfleet.worker.egress.GuardedHttp;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * Fetches pictures from the addresses in a provider's answers: without the API key, without redirects, from public hosts by https or
 * from hosts that the operator names. Safe for use by many threads; blocks its (virtual) thread.
 */
public final class ResultDownloader {

    private final Set<String> trustedHosts;
    private final ProviderHttp trusted;
    private final ProviderHttp guarded;

    /** @param trustedHosts may be private and without TLS, on any port; usually the host of the provider's base address */
    public ResultDownloader(Spool spool, WireLimits limits, Set<String> trustedHosts) {
        this(spool, limits, trustedHosts, Dns.SYSTEM);
    }

    ResultDownloader(Spool spool, WireLimits limits, Set<String> trustedHosts, Dns dns) {
        this.trustedHosts = Set.copyOf(trustedHosts);
        this.trusted = new ProviderHttp(spool, limits);
        this.guarded = new ProviderHttp(
                GuardedHttp.builder(dns, HostPolicy.STRICT.reachable())
                        .connectionPool(new ConnectionPool(0, 5, TimeUnit.MINUTES))
                        .connectTimeout(limits.connectTimeout())
                        .build(),
                spool,
                limits);
    }

    /**
     * Downloads a picture. A refusal with 403, 404 or 410 mostly means that the address has expired. May be repeated, since nothing is
     * billed. A loss is never {@code NOT_SENT}, since the picture has been billed; it is {@code RESULT_INVALID} with reason
     * {@code RESULT_ADDRESS_FORBIDDEN} if the address is not allowed.
     */
    public HttpResult download(String address, Duration timeout) {
        HttpUrl url = HttpUrl.parse(address);
        if (url == null || !url.username().isEmpty() || !url.password().isEmpty()) {
            return forbidden("not an http address");
        }
        Request request = new Request.Builder()
                .url(url)
                .header("User-Agent", "renderfleet")
                .build();
        if (trustedHosts.contains(url.host())) {
            return paid(trusted.sendForPicture(request, timeout));
        }
        boolean strict = url.isHttps()
                && HostPolicy.STRICT.ports().contains(url.port())
                && PublicHosts.objection(url.host()) == null;
        return strict ? paid(guarded.sendForPicture(request, timeout)) : forbidden(url.scheme() + "://" + url.host());
    }

    /** The picture has been billed, even if this request was never sent. */
    private static HttpResult paid(HttpResult result) {
        return result instanceof Lost(FailureKind kind, String reason, String detail) && kind == FailureKind.NOT_SENT
                ? new Lost(FailureKind.UNKNOWN_OUTCOME, reason, detail)
                : result;
    }

    private static Lost forbidden(String detail) {
        return new Lost(FailureKind.RESULT_INVALID, "RESULT_ADDRESS_FORBIDDEN", detail);
    }
}
