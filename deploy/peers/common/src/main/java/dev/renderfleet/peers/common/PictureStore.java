package dev.renderfleet.peers.common;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.peers.common.GeminiCaller.Drawn;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.errors.MinioException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;

/** Puts pictures by the MinIO client. Safe for use by many threads. */
public final class PictureStore {

    private final MinioClient client;
    private final String bucket;

    public PictureStore(PeerSettings settings) {
        // Time-outs are the client's own: five minutes each to connect, write and read.
        this.client = MinioClient.builder()
                .endpoint(settings.s3Endpoint())
                .region(settings.s3Region())
                .credentials(settings.s3AccessKey(), settings.s3SecretKey())
                .build();
        this.bucket = settings.bucket();
    }

    /** Stores the picture and describes it. Whatever it throws may be tried again. */
    public Image put(String tenant, String jobId, Drawn drawn) throws IOException, MinioException {
        BufferedImage pixels = ImageIO.read(new ByteArrayInputStream(drawn.bytes()));
        if (pixels == null) {
            throw new NoPictureException("the answer's bytes are no picture");
        }
        String sha256 = Sha256.hex(drawn.bytes());
        // With the digest in the key a second picture of the job does not overwrite a published one.
        String key = "assets/" + tenant + "/" + jobId + "/" + sha256 + "."
                + drawn.mime().substring("image/".length());
        client.putObject(PutObjectArgs.builder()
                .bucket(bucket)
                .object(key)
                .data(drawn.bytes(), drawn.bytes().length)
                .contentType(drawn.mime())
                .build());
        return new Image(
                bucket,
                key,
                sha256,
                drawn.bytes().length,
                drawn.mime(),
                pixels.getWidth(),
                pixels.getHeight(),
                List.of());
    }
}
