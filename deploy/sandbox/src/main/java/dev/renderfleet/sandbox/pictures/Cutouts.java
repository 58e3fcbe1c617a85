package dev.renderfleet.sandbox.pictures;

import dev.renderfleet.sandbox.pictures.PictureOrder.Photo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Remembers the latest cutouts by their file's digest: a run asks for the same few products again and again. */
final class Cutouts {
    /** Of at most 4 MB each. */
    private static final int KEPT_MAX = 12;

    private final Map<String, Optional<Cutout>> latest = new LinkedHashMap<>(32, 0.75f, true);

    Optional<Cutout> of(Photo photo) {
        Optional<Cutout> known;
        synchronized (latest) {
            known = latest.get(photo.sha256());
        }
        if (known != null) {
            return known;
        }
        // Not under the lock: twice the work for two at a time is better than all waiting for one.
        Optional<Cutout> made = Cutout.of(photo.file());
        synchronized (latest) {
            latest.put(photo.sha256(), made);
            var oldest = latest.keySet().iterator();
            while (latest.size() > KEPT_MAX && oldest.hasNext()) {
                oldest.next();
                oldest.remove();
            }
        }
        return made;
    }
}
