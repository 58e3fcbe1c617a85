package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.signal.Signal;
import org.jspecify.annotations.Nullable;

/** The result of reading a record of {@link Topics#SIGNALS}. */
public sealed interface DecodedSignal {

    /** A signal of this version. */
    record Understood(Signal signal) implements DecodedSignal {}

    /**
     * A signal of a later version. Readers skip it silently.
     *
     * @param type its type or name, at most 64 characters, none of them a control character
     */
    record Unknown(String type) implements DecodedSignal {}

    /**
     * A record that is no signal, or a signal that breaks a rule. Readers skip and count it.
     *
     * @param field JSON path of the invalid field; absent if the whole record is invalid
     * @param reason one sentence for people; quotes at most 80 characters of the input, none of them a control character
     */
    record Unreadable(@Nullable String field, String reason) implements DecodedSignal {}
}
