package dev.renderfleet.worker.inputs;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.providers.Turn;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The conversation with a model in which an image was drawn, as stored in JSON (version 1). A later version of the worker may read it, and
 * an earlier one: no component is renamed or removed, later ones are {@code @Nullable} (ADR 24).
 *
 * @param model that drew all turns
 */
record Session(int version, String model, List<SessionTurn> turns) {

    static final int VERSION = 1;

    Session {
        Objects.requireNonNull(model, "model is missing");
        turns = List.copyOf(turns);
    }

    Session(String model, List<SessionTurn> turns) {
        this(VERSION, model, turns);
    }

    /** All pictures, in the order in which a call sends them. The last one is the image that was drawn last. */
    List<SessionPicture> pictures() {
        return turns.stream()
                .flatMap(turn -> Stream.concat(turn.references().stream(), Stream.of(turn.picture())))
                .toList();
    }

    /** Characters of prompts and texts. */
    int chars() {
        return turns.stream()
                .mapToInt(turn -> turn.prompt().length()
                        + turn.reply().stream()
                                .mapToInt(part ->
                                        part.text() == null ? 0 : part.text().length())
                                .sum())
                .sum();
    }

    /** @param files those of {@link #pictures} */
    List<Turn> turns(List<ReferencePicture> files) {
        Iterator<ReferencePicture> file = files.iterator();
        return turns.stream()
                .map(turn -> new Turn(
                        turn.prompt(),
                        turn.locale(),
                        turn.references().stream()
                                .map(reference -> reference.in(file.next()))
                                .toList(),
                        turn.picture().in(file.next()),
                        turn.reply().stream()
                                .map(part -> new ReplyPart(part.text(), part.signature()))
                                .toList()))
                .toList();
    }

    /** What was asked, and what the model replied. */
    record SessionTurn(
            String prompt,
            @Nullable String locale,
            List<SessionPicture> references,
            SessionPicture picture,
            List<SessionPart> reply) {
        SessionTurn {
            Objects.requireNonNull(prompt, "turn.prompt is missing");
            Objects.requireNonNull(picture, "turn.picture is missing");
            references = references == null ? List.of() : List.copyOf(references);
            reply = List.copyOf(reply);
        }

        static SessionTurn of(
                DrawRequest request, List<SessionPicture> references, SessionPicture picture, List<ReplyPart> reply) {
            return new SessionTurn(
                    request.prompt(),
                    request.locale(),
                    references,
                    picture,
                    reply.stream()
                            .map(part -> new SessionPart(part.text(), part.signature()))
                            .toList());
        }
    }

    /**
     * A picture by its address.
     *
     * @param role of a reference; null: it is the picture that was drawn or edited
     */
    record SessionPicture(
            String uri, String sha256, @Nullable String role) {
        SessionPicture {
            Objects.requireNonNull(uri, "picture.uri is missing");
            Objects.requireNonNull(sha256, "picture.sha256 is missing");
        }

        static SessionPicture of(Image image, @Nullable String role) {
            return new SessionPicture("s3://" + image.bucket() + "/" + image.key(), image.sha256(), role);
        }

        static SessionPicture of(Reference reference, String sha256) {
            return new SessionPicture(
                    reference.uri().toString(), sha256, reference.role().wireName());
        }

        boolean isOfTheWeb() {
            return !uri.startsWith("s3://");
        }

        @Nullable
        ReferenceRole readRole() {
            return role == null ? null : ReferenceRole.valueOf(role.toUpperCase(Locale.ROOT));
        }

        ReferencePicture in(ReferencePicture fetched) {
            return new ReferencePicture(fetched.file(), fetched.mime(), fetched.bytes(), readRole());
        }
    }

    /**
     * A part of a reply.
     *
     * @param text null: it is the picture
     * @param signature of the model's thoughts, in base64; null: none
     */
    record SessionPart(@Nullable String text, @Nullable String signature) {}
}
