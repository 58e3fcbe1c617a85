package dev.renderfleet.sandbox.s3;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.gaul.shaded.org.eclipse.jetty.http.HttpHeader;
import org.gaul.shaded.org.eclipse.jetty.io.Connection;
import org.gaul.shaded.org.eclipse.jetty.io.Content;
import org.gaul.shaded.org.eclipse.jetty.io.EndPoint;
import org.gaul.shaded.org.eclipse.jetty.server.Handler;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.Response;
import org.gaul.shaded.org.eclipse.jetty.util.Callback;

/**
 * Applies the active faults to the requests of one connector of S3Proxy's HTTP server. It runs within the server, so bodies
 * stream and signatures stay valid. A request that is delayed or dripped holds one of the server's threads.
 */
final class S3FaultHandler extends Handler.Wrapper implements Connection.Listener {
    private static final int FORBIDDEN = 403;
    private static final int UNAVAILABLE = 503;
    private static final int INTERNAL_ERROR = 500;

    private final ActiveS3Faults faults;
    private final String connector;

    /** @param connector the name of the connector whose requests may meet faults */
    S3FaultHandler(Handler store, ActiveS3Faults faults, String connector) {
        super(store);
        this.faults = faults;
        this.connector = connector;
    }

    @Override
    public void onOpened(Connection connection) {
        if (faults.refusesConnection()) {
            reset(connection.getEndPoint());
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!connector.equals(request.getConnectionMetaData().getConnector().getName())) {
            return super.handle(request, response, callback);
        }
        var met = faults.meet(request.getMethod(), request.getHttpURI().getPath());
        if (met.isEmpty()) {
            return super.handle(request, response, callback);
        }
        S3Fault fault = met.get();
        return switch (fault.fault()) {
            case SLOW_DOWN -> {
                // A client that still sends its body when the answer comes may see a broken connection instead.
                Content.Source.consumeAll(request);
                refuse(response, callback, UNAVAILABLE, "SlowDown", "Please reduce your request rate.");
                yield true;
            }
            case SKEWED -> {
                Content.Source.consumeAll(request);
                refuse(
                        response,
                        callback,
                        FORBIDDEN,
                        "RequestTimeTooSkewed",
                        "The difference between the request time and the server's time is too large.");
                yield true;
            }
            case RESET, DOWN -> {
                reset(request, callback);
                yield true;
            }
            case ERROR_AFTER ->
                after(request, response, callback, () -> {
                    response.reset();
                    refuse(
                            response,
                            callback,
                            INTERNAL_ERROR,
                            "InternalError",
                            "We encountered an internal error. Please try again.");
                });
            case RESET_AFTER -> after(request, response, callback, () -> reset(request, callback));
            case UNCONDITIONAL ->
                ScopedValue.where(ConditionalPutStore.OVERLOOKED, true)
                        .call(() -> super.handle(request, response, callback));
            case SLOW ->
                super.handle(request, new SlowTransfer.DelayedAnswer(request, response, fault.delayMillis()), callback);
            case DRIP ->
                super.handle(
                        new SlowTransfer.Upload(request, fault.speed()),
                        new SlowTransfer.Download(request, response, fault.speed()),
                        callback);
        };
    }

    /** Lets the store do its work, and throws its answer away. */
    private boolean after(Request request, Response response, Callback callback, Runnable then) throws Exception {
        return super.handle(request, new LostAnswer(request, response), Callback.from(then, callback::failed));
    }

    private static void refuse(Response response, Callback callback, int status, String code, String message) {
        String body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>"
                .formatted(code, message);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/xml");
        response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
    }

    private static void reset(Request request, Callback callback) {
        reset(request.getConnectionMetaData().getConnection().getEndPoint());
        callback.failed(new EOFException("an S3 fault reset the connection"));
    }

    private static void reset(EndPoint end) {
        try {
            // Closing without lingering sends RST instead of FIN.
            ((SocketChannel) end.getTransport()).setOption(StandardSocketOptions.SO_LINGER, 0);
            end.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Discards the store's answer, so that another one can still be sent. */
    private static final class LostAnswer extends Response.Wrapper {
        private boolean complete;

        LostAnswer(Request request, Response response) {
            super(request, response);
        }

        @Override
        public void write(boolean last, ByteBuffer bytes, Callback callback) {
            complete |= last;
            if (bytes != null) {
                bytes.position(bytes.limit());
            }
            callback.succeeded();
        }

        @Override
        public boolean hasLastWrite() {
            return complete;
        }

        @Override
        public boolean isCompletedSuccessfully() {
            return complete;
        }
    }
}
