package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.contracts.wire.PublicHosts;
import dev.renderfleet.worker.egress.GuardedHttp;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.time.Duration;
import java.util.Objects;
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

    /** Of each picture, which is paid for: also after the call's own time. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** Of a signed address after its end. */
    private static final Set<Integer> EXPIRED = Set.of(403, 404, 410);

    private final Set<String> trustedHosts;
    private final ProviderHttp trusted;
    private final ProviderHttp guarded;

    /** What one download yields. */
    public sealed interface Download {

        /** A picture with bytes, in the spool. */
        record Picture(DrawnPicture picture) implements Download {}

        /**
         * None.
         *
         * @param kind {@code RESULT_EXPIRED}: needs a fresh address; {@code UNKNOWN_OUTCOME}: a later try may succeed; else
         *     {@code RESULT_INVALID}
         */
        record Missing(FailureKind kind, String reason, String detail) implements Download {}
    }

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

    /** Downloads a picture, within two minutes. May be repeated, since nothing is billed. */
    public Download download(String address) {
        return read(request(address));
    }

    /** What the answer to a request for a picture yields. */
    public static Download read(HttpResult result) {
        return switch (result) {
            case Answered answered -> picture(answered);
            case Refused(int status, var _, String body) -> {
                FailureKind kind = kind(status);
                String reason = kind == FailureKind.RESULT_EXPIRED ? kind.name() : "RESULT_HTTP_" + status;
                yield new Missing(kind, reason, body);
            }
            // The picture has been billed, even if this request was never sent.
            case Lost(FailureKind kind, String reason, String detail) ->
                new Missing(kind == FailureKind.NOT_SENT ? FailureKind.UNKNOWN_OUTCOME : kind, reason, detail);
        };
    }

    private static Download picture(Answered answered) {
        SpoolFile file = answered.pictures().getFirst();
        if (file.bytes() == 0) {
            answered.close();
            return new Missing(FailureKind.RESULT_INVALID, "EMPTY_RESULT", "the result has no bytes");
        }
        String mime = Objects.requireNonNullElse(answered.headers().get("Content-Type"), "application/octet-stream");
        return new Picture(new DrawnPicture(file, mime.replaceFirst(";.*", "").strip(), false));
    }

    private static FailureKind kind(int status) {
        if (EXPIRED.contains(status)) {
            return FailureKind.RESULT_EXPIRED;
        }
        return status >= 500 || status == 408 || status == 429
                ? FailureKind.UNKNOWN_OUTCOME
                : FailureKind.RESULT_INVALID;
    }

    private HttpResult request(String address) {
        HttpUrl url = HttpUrl.parse(address);
        if (url == null || !url.username().isEmpty() || !url.password().isEmpty()) {
            return forbidden("not an http address");
        }
        Request request = new Request.Builder()
                .url(url)
                .header("User-Agent", "renderfleet")
                .build();
        if (trustedHosts.contains(url.host())) {
            return trusted.sendForPicture(request, TIMEOUT);
        }
        boolean strict = url.isHttps()
                && HostPolicy.STRICT.ports().contains(url.port())
                && PublicHosts.objection(url.host()) == null;
        return strict ? guarded.sendForPicture(request, TIMEOUT) : forbidden(url.scheme() + "://" + url.host());
    }

    private static Lost forbidden(String detail) {
        return new Lost(FailureKind.RESULT_INVALID, "RESULT_ADDRESS_FORBIDDEN", detail);
    }
}
