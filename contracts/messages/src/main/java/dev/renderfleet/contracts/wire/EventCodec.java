package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads events as they travel on {@link Topics#EVENTS}: one flat JSON object, the job's identity first, then the outcome.
 *
 * <p>Reading is made for consumers older than the fleet: fields they do not know are ignored, and a failure code they do not know
 * arrives as {@link FailureCode#UNRECOGNISED} with the code itself in front of the message. Only an unknown outcome is an error, since
 * nothing sensible can be made of it. Stateless; for any number of threads.
 */
public final class EventCodec {

    /** The event as compact JSON; equal events have equal bytes. Half surrogate pairs and NUL in its texts become U+FFFD. */
    public byte[] encode(RenderEvent event) {
        return JsonText.write(EventWriter.write(event));
    }

    /**
     * The event in the bytes, told by its {@code outcome}.
     *
     * @throws UnreadableEventException if the bytes hold no event of version 1
     */
    public RenderEvent decode(byte[] value) {
        return decode(value, null);
    }

    /**
     * The event in the bytes, told by its {@code outcome}.
     *
     * @param type the record's {@code ce_type}; if given, it must agree with the outcome
     * @throws UnreadableEventException if the bytes hold no event of version 1, or another than the type says
     */
    public RenderEvent decode(byte[] value, @Nullable String type) {
        try {
            RenderEvent event = EventReader.read(BoundedJson.parse(value));
            if (type != null && !type.equals(CloudEvents.type(event))) {
                throw new UnreadableEventException(
                        CloudEvents.TYPE,
                        String.format(
                                Locale.ROOT, "the header says %s, the value %s", Shown.quoted(type), event.outcome()));
            }
            return event;
        } catch (Refusal refusal) {
            throw new UnreadableEventException(refusal.field(), refusal.rule());
        }
    }
}
