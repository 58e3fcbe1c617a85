package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.identity.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The accounts with which this worker calls its providers. Distinguishes the accounts of two workers without naming a key: a worker with
 * a repaired key must not be held by one without.
 *
 * @param byProvider 8 hex digits of a digest of the API key, by provider name; too few to find the key
 */
public record Accounts(Map<String, String> byProvider) {

    private static final int HEX_DIGITS = 8;

    public Accounts {
        byProvider = Map.copyOf(byProvider);
    }

    /** The accounts of these API keys, by provider name. */
    public static Accounts ofKeys(Map<String, String> keys) {
        return new Accounts(keys.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> Sha256.hex((entry.getKey() + "\n" + entry.getValue()).getBytes(StandardCharsets.UTF_8))
                                .substring(0, HEX_DIGITS))));
    }

    /** Whether this worker uses that account. */
    public boolean has(String provider, String account) {
        return account.equals(byProvider.get(provider));
    }
}
