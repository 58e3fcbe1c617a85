package dev.renderfleet.sandbox.pictures;

import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes pictures to order and remembers the latest, up to a fixed number of bytes. Draws no more at a time than there are
 * processors: a 4K canvas takes 64 MB while it is painted.
 */
public final class PictureRenderer {
    private static final long CACHE_BYTES_MAX = 192L * 1024 * 1024;

    private final Map<String, Picture> cache = new LinkedHashMap<>(64, 0.75f, true);
    private final Semaphore easels = new Semaphore(Runtime.getRuntime().availableProcessors());
    private long cachedBytes;

    public Picture draw(PictureRequest order) throws InterruptedException {
        String key = order.cacheKey();
        Picture known = cached(key);
        if (known != null) {
            return known;
        }
        easels.acquire();
        try {
            Picture again = cached(key);
            if (again != null) {
                return again;
            }
            Picture picture = make(order);
            remember(key, picture);
            return picture;
        } finally {
            easels.release();
        }
    }

    /** The picture as a PNG whose pixel checksum is wrong. */
    public Picture corrupted(PictureRequest order) throws InterruptedException {
        easels.acquire();
        try {
            BufferedImage image = ScenePainter.paint(order);
            byte[] broken = PngFile.withWrongChecksum(PngFile.encode(image, 0, byte[]::new));
            return Picture.of("image/png", broken);
        } finally {
            easels.release();
        }
    }

    private Picture make(PictureRequest order) {
        if (order.mime().equals("image/webp")) {
            return Picture.of(order.mime(), WebpFile.plain(order.width(), order.height()));
        }
        BufferedImage image = ScenePainter.paint(order);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(order.seed());
        PngFile.Filler filler = count -> {
            byte[] bytes = new byte[count];
            random.nextBytes(bytes);
            return bytes;
        };
        byte[] file = order.mime().equals("image/jpeg")
                ? JpegFile.encode(image, order.targetBytes(), filler)
                : PngFile.encode(image, order.targetBytes(), filler);
        return Picture.of(order.mime(), file);
    }

    private synchronized @Nullable Picture cached(String key) {
        return cache.get(key);
    }

    private synchronized void remember(String key, Picture picture) {
        cache.put(key, picture);
        cachedBytes += picture.base64Length();
        var oldest = cache.entrySet().iterator();
        while (cachedBytes > CACHE_BYTES_MAX && oldest.hasNext()) {
            cachedBytes -= oldest.next().getValue().base64Length();
            oldest.remove();
        }
    }
}
