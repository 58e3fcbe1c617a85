package dev.renderfleet.cli;

import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.signal.Signal;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the workers of a fleet have published about models and providers.
 *
 * @param providers that at least one worker calls
 * @param holds one line each, sorted; a worker may end a hold before its time
 */
record FleetStatus(Set<String> providers, List<String> holds) {

    /** Reads the signals that Kafka keeps. */
    static FleetStatus read(KafkaCluster kafka, Instant now) {
        var codec = new SignalCodec();
        List<Signal> signals = new ArrayList<>();
        new TopicReader(kafka).readAll(Topics.SIGNALS, record -> {
            if (codec.decode(record.value()) instanceof DecodedSignal.Understood(var signal)) {
                signals.add(signal);
            }
        });
        return of(signals, now);
    }

    /** @param signals in the order of publishing */
    static FleetStatus of(List<Signal> signals, Instant now) {
        Set<String> providers = new TreeSet<>();
        Map<String, String> holds = new TreeMap<>();
        for (Signal signal : signals) {
            switch (signal) {
                case Hold hold ->
                    put(holds, hold, hold.until(), now, hold.reason().wireName());
                case ProviderHold hold ->
                    put(holds, hold, hold.until(), now, hold.reason().wireName() + ", the account is refused");
                case FleetSetup setup -> {
                    providers.addAll(setup.providers());
                    setup.withdrawn().forEach(providers::remove);
                }
                case Cancel _ -> {}
            }
        }
        return new FleetStatus(providers, List.copyOf(holds.values()));
    }

    /** The last signal about a subject counts. */
    private static void put(Map<String, String> holds, Signal signal, Instant until, Instant now, String reason) {
        holds.remove(signal.key());
        if (until.isAfter(now)) {
            holds.put(signal.key(), signal.key() + " until " + until + ": " + reason);
        }
    }
}
