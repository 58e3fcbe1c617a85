package dev.renderfleet.worker.references;

import static java.util.Objects.requireNonNull;

import dev.renderfleet.worker.egress.ForbiddenAddressException;
import dev.renderfleet.worker.egress.GuardedHttp;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.storage.BoundedCopy;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Fetches {@code https://} references, trusting neither address nor server. Checks the IP address of each connection, also after
 * redirects; sends no cookies and no credentials, and uses no proxy; bounds bytes and time; does not decompress. Safe for use by many
 * threads.
 */
public final class HttpsSource {

    private static final int REDIRECTS_MAX = 3;
    /** Names that do not resolve are mostly misspelt, but resolvers fail too. */
    private static final Duration UNKNOWN_NAME_WAIT_MAX = Duration.ofMinutes(10);
    /** The resolver's fault, in all likelihood, which an operator has to repair. */
    private static final Duration NO_RESOLVER_WAIT_MAX = Duration.ofHours(24);
    /** As glibc, musl, macOS and Windows say it. The JDK repeats a failure within ten seconds without its message. */
    private static final Pattern UNKNOWN_NAME =
            Pattern.compile("not known|No address associated|does not resolve|No such host");

    private final OkHttpClient http;
    private final HostPolicy policy;
    private final HttpsTimeouts timeouts;
    private final InstantSource clock;
    private final HostOutages outages;
    /** Until the body is read, unlike OkHttp's own list. */
    private final Set<Call> running = ConcurrentHashMap.newKeySet();

    private volatile boolean canceled;

    /**
     * @param trust only its TLS settings are used
     * @param dns resolves names
     */
    public HttpsSource(OkHttpClient trust, Dns dns, HostPolicy policy, HttpsTimeouts timeouts, InstantSource clock) {
        this.policy = policy;
        this.timeouts = timeouts;
        this.clock = clock;
        this.outages = new HostOutages(clock);
        this.http = GuardedHttp.builder(dns, policy.reachable())
                .sslSocketFactory(trust.sslSocketFactory(), requireNonNull(trust.x509TrustManager()))
                .connectTimeout(timeouts.connect())
                .readTimeout(timeouts.readWrite())
                .writeTimeout(timeouts.readWrite())
                .build();
    }

    ReferenceResult fetch(URI uri, Path file, long bytesMax) {
        var start = HttpUrl.get(uri);
        if (start == null) {
            return ReferenceResult.forbidden("is not an https address");
        }
        var at = new AtomicReference<>(start);
        var result = tryOnce(at, file, bytesMax);
        String host = at.get().host();
        if (!(result instanceof ReferenceResult.Later later)) {
            outages.answered(host);
            return result;
        }
        if (later.waitMax().equals(NO_RESOLVER_WAIT_MAX)) {
            return later;
        }
        return outages.failed(host).compareTo(later.waitMax()) < 0
                ? later
                : ReferenceResult.unavailable(later.message() + ", as each time for "
                        + later.waitMax().toMinutes() + " minutes");
    }

    /** @param at the address to ask; afterwards the one that was asked last */
    private ReferenceResult tryOnce(AtomicReference<HttpUrl> at, Path file, long bytesMax) {
        var deadline = clock.instant().plus(timeouts.total());
        try {
            return follow(at, file, bytesMax, deadline);
        } catch (IOException e) {
            if (ForbiddenAddressException.isIn(e)) {
                return ReferenceResult.forbidden(
                        "points or redirects to a host that is not on the public internet (loopback, private,"
                                + " link-local)");
            }
            String message = at.get().host() + " could not be read: " + e.getMessage();
            if (hasNoValidCertificate(e)) {
                return ReferenceResult.unavailable(message);
            }
            return new ReferenceResult.Later(null, waitMax(e), message);
        }
    }

    private static Duration waitMax(IOException e) {
        if (!(e instanceof UnknownHostException)) {
            return JobReferences.WAIT_MAX;
        }
        return UNKNOWN_NAME.matcher(String.valueOf(e.getMessage())).find()
                ? UNKNOWN_NAME_WAIT_MAX
                : NO_RESOLVER_WAIT_MAX;
    }

    private static boolean hasNoValidCertificate(IOException e) {
        return e instanceof SSLPeerUnverifiedException
                || (e instanceof SSLException && e.getCause() instanceof CertificateException);
    }

    /** Ends downloads, now and later, as if the connection broke. */
    void cancelAll() {
        canceled = true;
        running.forEach(Call::cancel);
    }

    private ReferenceResult follow(AtomicReference<HttpUrl> asked, Path file, long bytesMax, Instant deadline)
            throws IOException {
        for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
            var at = asked.get();
            var violation = violationOf(at);
            if (violation != null) {
                return ReferenceResult.forbidden(hop == 0 ? violation : "redirects to an address that " + violation);
            }
            var call = call(at, deadline);
            try (var answer = execute(call)) {
                if (!isRedirect(answer)) {
                    return download(answer, file, bytesMax);
                }
                var location = answer.header("Location");
                if (location == null) {
                    return ReferenceResult.unavailable(at.host() + " redirects to nowhere");
                }
                var next = at.resolve(location);
                if (next == null) {
                    return ReferenceResult.forbidden("redirects to an address that is not an https address");
                }
                outages.answered(at.host());
                asked.set(next);
            } finally {
                running.remove(call);
            }
        }
        return ReferenceResult.unavailable("is redirected more than " + REDIRECTS_MAX + " times");
    }

    private @Nullable String violationOf(HttpUrl url) {
        if (!url.isHttps()) {
            return "is not an https address";
        }
        if (!url.username().isEmpty() || !url.password().isEmpty()) {
            return "carries a user name or password";
        }
        return policy.ports().contains(url.port()) ? null : "has port " + url.port() + ", which is not allowed";
    }

    private Response execute(Call call) throws IOException {
        running.add(call);
        if (canceled) {
            call.cancel();
        }
        return call.execute();
    }

    private Call call(HttpUrl url, Instant deadline) throws IOException {
        var left = Duration.between(clock.instant(), deadline);
        if (!left.isPositive()) {
            throw new IOException("it took longer than " + timeouts.total().toSeconds() + " s");
        }
        var request = new Request.Builder()
                .url(url)
                .header("Accept", "image/png, image/jpeg, image/webp")
                .header("Accept-Encoding", "identity")
                .header("User-Agent", "renderfleet")
                .build();
        return http.newBuilder().callTimeout(left).build().newCall(request);
    }

    private static boolean isRedirect(Response answer) {
        return switch (answer.code()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    private ReferenceResult download(Response answer, Path file, long bytesMax) throws IOException {
        int status = answer.code();
        if (status != 200) {
            String message = answer.request().url().host() + " answers with HTTP " + status;
            return status == 408 || status == 425 || status == 429 || status >= 500
                    ? new ReferenceResult.Later(retryAfter(answer), JobReferences.WAIT_MAX, message)
                    : ReferenceResult.unavailable(message);
        }
        var body = requireNonNull(answer.body());
        if (body.contentLength() > bytesMax) {
            return new ReferenceResult.TooLarge();
        }
        long bytes = BoundedCopy.copy(body.byteStream(), file, bytesMax);
        return bytes > bytesMax ? new ReferenceResult.TooLarge() : new ReferenceResult.Fetched(bytes);
    }

    /** As seconds or as a date; null if there is none. */
    private @Nullable Duration retryAfter(Response answer) {
        String header = answer.header("Retry-After");
        if (header == null) {
            return null;
        }
        if (header.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        Instant at = answer.headers().getInstant("Retry-After");
        return at == null ? null : Duration.between(clock.instant(), at);
    }
}
