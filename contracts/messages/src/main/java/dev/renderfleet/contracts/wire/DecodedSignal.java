package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.signal.Signal;
import org.jspecify.annotations.Nullable;

/** What reading a record of {@link Topics#SIGNALS} came to. */
public sealed interface DecodedSignal {

    /** A signal of this version. */
    record Understood(Signal signal) implements DecodedSignal {}

    /**
     * A signal that this version does not know, sent by a younger part of the fleet. To be skipped without a word.
     *
     * @param type its type or name, at most 64 characters, none of them a control character
     */
    record Unknown(String type) implements DecodedSignal {}

    /**
     * Bytes that hold no signal, or one that breaks a rule. To be skipped and counted.
     *
     * @param field JSON path of the offending field; absent where the whole record is at fault
     * @param reason one sentence for people; quotes at most 80 characters of the input, none of them a control character
     */
    record Unreadable(@Nullable String field, String reason) implements DecodedSignal {}
}
