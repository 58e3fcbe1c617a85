package dev.renderfleet.sandbox.simulators.comfy;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.http.MultipartForm;
import dev.renderfleet.sandbox.http.MultipartForm.FormPart;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/** The server's folder {@code input}; the oldest of too many files are deleted. Safe for use by several threads. */
final class ComfyUploads {
    private static final int FILES_MAX = 200;

    private final SequencedMap<String, byte[]> files = new LinkedHashMap<>();

    /** Stores a file under its name, or under another if that name has other bytes; empty if there is no file. */
    synchronized Optional<HttpResponse> add(MultipartForm form) {
        String folder = part(form, "subfolder").map(FormPart::text).orElse("");
        return part(form, "image").filter(part -> part.fileName() != null).map(part -> {
            byte[] bytes = bytes(part.content());
            String name = Objects.requireNonNull(part.fileName());
            String stored = name;
            for (int copy = 1; isOther(path(folder, stored), bytes); copy++) {
                stored = name.replaceFirst("(?=\\.[^.]*$)", " (" + copy + ")");
            }
            files.put(path(folder, stored), bytes);
            if (files.size() > FILES_MAX) {
                files.pollFirstEntry();
            }
            var body = SimulatorJson.newObject().put("name", stored).put("subfolder", folder);
            return ComfyError.json(200, body.put("type", "input"));
        });
    }

    private static Optional<FormPart> part(MultipartForm form, String name) {
        return form.parts().stream().filter(part -> part.name().equals(name)).findFirst();
    }

    private boolean isOther(String path, byte[] bytes) {
        return files.containsKey(path) && !Arrays.equals(files.get(path), bytes);
    }

    private static String path(String folder, String name) {
        return folder.isEmpty() ? name : folder + "/" + name;
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return bytes;
    }

    synchronized boolean has(String path) {
        return files.containsKey(path);
    }

    synchronized List<byte[]> read(List<String> paths) {
        return paths.stream().map(files::get).filter(Objects::nonNull).toList();
    }
}
