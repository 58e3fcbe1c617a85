package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.providers.wire.PictureLender.Loan;
import dev.renderfleet.worker.storage.StorageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import okhttp3.RequestBody;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The JSON form of an edit: OpenAI reads its pictures at pre-signed addresses, until this is closed. */
record EditByUrl(RequestBody body, List<Loan> loans) implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(EditByUrl.class);

    /**
     * Lends the pictures; null if they cannot be stored now.
     *
     * @param mask as OpenAI wants it
     */
    static @Nullable EditByUrl of(DrawRequest request, @Nullable SpoolFile mask, PictureLender lender) {
        List<Loan> loans = new ArrayList<>();
        try {
            Map<String, Object> fields =
                    new LinkedHashMap<>(Objects.requireNonNull(OpenAiFields.of(request, ImagesDialect.OPENAI)));
            for (ReferencePicture picture : ImagePrompt.pictures(request)) {
                loans.add(lender.lend(picture));
            }
            fields.put("images", loans.stream().map(EditByUrl::imageUrl).toList());
            if (mask != null) {
                loans.add(lender.lend(mask.path(), "image/png"));
                fields.put("mask", imageUrl(loans.getLast()));
            }
            return new EditByUrl(OpenAiRequest.json(fields), loans);
        } catch (StorageException e) {
            LOG.warnf("pictures of an edit cannot be lent, they are uploaded, cause=%s", e.getMessage());
            loans.forEach(Loan::close);
            return null;
        }
    }

    private static Map<String, String> imageUrl(Loan loan) {
        return Map.of("image_url", loan.url());
    }

    @Override
    public void close() {
        loans.forEach(Loan::close);
    }
}
