package dev.renderfleet.sandbox.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.shaded.org.eclipse.jetty.server.Server;
import org.gaul.shaded.org.eclipse.jetty.server.ServerConnector;

/**
 * An S3 endpoint over a local folder, with one bucket. Conditional puts ({@code If-None-Match: *}, {@code If-Match})
 * are honoured, also in races: the job ledger depends on them. Signatures are checked. Requests to {@link #endpoint} meet the
 * active faults, those to {@link #directEndpoint} never do.
 */
public final class S3Server implements AutoCloseable {
    public static final String REGION = "us-east-1";
    public static final String ACCESS_KEY = "sandbox";
    public static final String SECRET_KEY = "sandbox-secret";

    /** A 4K picture with noise is some 50 MB; the whole of it is read before its signature can be checked. */
    private static final long UNCHUNKED_PUT_BYTES_MAX = 128L * 1024 * 1024;

    private static final int THREADS_MAX = 200;

    private static final String FAULTY = "faulty";

    private final S3Proxy server;
    private final int port;

    private S3Server(S3Proxy server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Starts the store; the ports are those of {@link #endpoint} and {@link #directEndpoint}. */
    public static S3Server start(int port, int directPort, Path folder, String bucket, ActiveS3Faults faults) {
        try {
            Files.createDirectories(folder);
            var store = new FilesystemNio2BlobStore(folder.toString());
            if (!store.containerExists(bucket)) {
                store.createContainer(bucket);
            }
            var server = S3Proxy.builder()
                    .blobStore(new ConditionalPutStore(store))
                    .endpoint(URI.create(address(directPort)))
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                    .v4MaxNonChunkedRequestSize(UNCHUNKED_PUT_BYTES_MAX)
                    .ignoreUnknownHeaders(true)
                    .jettyMaxThreads(THREADS_MAX)
                    .build();
            addFaultyConnector(jettyOf(server), port, faults);
            server.start();
            return new S3Server(server, port);
        } catch (IOException e) {
            throw new UncheckedIOException("the S3 folder cannot be written", e);
        } catch (Exception e) {
            throw new IllegalStateException("the S3 endpoint cannot be started", e);
        }
    }

    public String endpoint() {
        return address(port);
    }

    public String directEndpoint() {
        return address(server.getPort());
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

    private static void addFaultyConnector(Server jetty, int port, ActiveS3Faults faults) {
        var direct = (ServerConnector) jetty.getConnectors()[0];
        var faulty = new ServerConnector(jetty, direct.getDefaultConnectionFactory());
        faulty.setName(FAULTY);
        faulty.setHost(direct.getHost());
        faulty.setPort(port);
        var gate = new S3FaultHandler(jetty.getHandler(), faults, FAULTY);
        faulty.addBean(gate, false);
        jetty.addConnector(faulty);
        jetty.setHandler(gate);
    }

    /** S3Proxy does not expose its server, and a second proxy in front of it would copy every body once more. */
    private static Server jettyOf(S3Proxy proxy) throws ReflectiveOperationException {
        Field server = S3Proxy.class.getDeclaredField("server");
        server.setAccessible(true);
        return (Server) server.get(proxy);
    }

    private static String address(int port) {
        return "http://127.0.0.1:" + port;
    }
}
