package dev.renderfleet.sandbox.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * An S3 endpoint over a local folder, with one bucket. Conditional puts ({@code If-None-Match: *}, {@code If-Match})
 * are honoured, also in races: the job ledger stands on them. Signatures are checked.
 */
public final class ObjectStore implements AutoCloseable {
    public static final String REGION = "us-east-1";
    public static final String ACCESS_KEY = "sandbox";
    public static final String SECRET_KEY = "sandbox-secret";

    /** A 4K picture with noise is some 50 MB; the whole of it is read before its signature can be checked. */
    private static final long UNCHUNKED_PUT_BYTES_MAX = 128L * 1024 * 1024;

    private static final int THREADS_MAX = 200;

    private final S3Proxy server;

    private ObjectStore(S3Proxy server) {
        this.server = server;
    }

    public static ObjectStore start(int port, Path folder, String bucket) {
        try {
            Files.createDirectories(folder);
            var store = new FilesystemNio2BlobStore(folder.toString());
            if (!store.containerExists(bucket)) {
                store.createContainer(bucket);
            }
            var server = S3Proxy.builder()
                    .blobStore(new AtomicIfMatch(store))
                    .endpoint(URI.create("http://127.0.0.1:" + port))
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                    .v4MaxNonChunkedRequestSize(UNCHUNKED_PUT_BYTES_MAX)
                    .ignoreUnknownHeaders(true)
                    .jettyMaxThreads(THREADS_MAX)
                    .build();
            server.start();
            return new ObjectStore(server);
        } catch (IOException e) {
            throw new UncheckedIOException("the S3 folder cannot be written", e);
        } catch (Exception e) {
            throw new IllegalStateException("the S3 endpoint cannot be started", e);
        }
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 endpoint did not stop cleanly", e);
        }
    }
}
