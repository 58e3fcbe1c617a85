package dev.renderfleet.sandbox.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The answering side of one request on one connection, used by the connection's own virtual thread. Beside plain answers
 * it can wait while watching whether the client is still there, break the connection with a TCP reset, and say nothing.
 */
public final class HttpExchange {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Socket socket;
    private final PushbackInputStream in;
    private final OutputStream out;
    private boolean open = true;
    private Duration idleMax = Duration.ZERO;

    HttpExchange(Socket socket, PushbackInputStream in) throws IOException {
        this.socket = socket;
        this.in = in;
        this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
    }

    /** Waits, and returns early with false if the client closes the connection meanwhile. */
    public boolean pause(Duration time) throws InterruptedException {
        if (!time.isPositive()) {
            return true;
        }
        try {
            if (in.available() > 0) {
                Thread.sleep(time);
                return true;
            }
            socket.setSoTimeout((int) Math.max(1, time.toMillis()));
            int next = in.read();
            if (next < 0) {
                open = false;
                return false;
            }
            // A client that pipelines its next request; it is still there.
            in.unread(next);
            Thread.sleep(time);
            return true;
        } catch (SocketTimeoutException _) {
            return true;
        } catch (IOException _) {
            open = false;
            return false;
        } finally {
            clearTimeout();
        }
    }

    /** Sends nothing more until the client closes the connection. */
    public void hang() throws InterruptedException {
        while (pause(Duration.ofMinutes(1))) {
            // The client is patient.
        }
        close();
    }

    public void respond(HttpResponse response) throws IOException {
        long length = response.body().length();
        head(response, length < 0 ? "Transfer-Encoding: chunked" : "Content-Length: " + length);
        if (length < 0) {
            var chunks = new ChunkedOutput(out);
            response.body().writeTo(chunks);
            chunks.finish();
        } else {
            response.body().writeTo(out);
        }
        out.flush();
    }

    public void flush() throws IOException {
        out.flush();
    }

    /** Breaks the connection so that the client sees "connection reset". What was not flushed is lost. */
    public void reset() throws IOException {
        open = false;
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Closes the connection in order, whatever was promised in the head. */
    public void close() {
        open = false;
        try {
            socket.close();
        } catch (IOException _) {
            // It is closed either way.
        }
    }

    /** Closes the connection after that much time without a request, without notice to the client. */
    public void closeWhenIdle(Duration idle) {
        idleMax = idle;
    }

    /** Waits for the next request. False if it did not come in time, and the connection is closed. */
    boolean awaitRequest() throws IOException {
        if (!idleMax.isPositive()) {
            return true;
        }
        try {
            socket.setSoTimeout((int) Math.max(1, idleMax.toMillis()));
            int next = in.read();
            if (next >= 0) {
                in.unread(next);
            }
            return next >= 0;
        } catch (SocketTimeoutException _) {
            close();
            return false;
        } finally {
            clearTimeout();
        }
    }

    boolean isOpen() {
        return open && !socket.isClosed();
    }

    void continueRequest() throws IOException {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private void head(HttpResponse response, String framing) throws IOException {
        var head = new StringBuilder("HTTP/1.1 ").append(response.status()).append(" \r\n");
        response.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        head.append(framing).append("\r\n\r\n");
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private void clearTimeout() {
        try {
            socket.setSoTimeout(0);
        } catch (IOException _) {
            open = false;
        }
    }
}
