package dev.renderfleet.sandbox.simulators;

import java.util.Map;

/** What a rule or a prompt directive asks for, by name. Which names there are, the provider's simulator decides. */
public record Behaviour(String name, Map<String, String> options) {
    public Behaviour {
        options = Map.copyOf(options);
    }

    public String option(String key, String otherwise) {
        return options.getOrDefault(key, otherwise);
    }

    public IllegalArgumentException unknown() {
        return new IllegalArgumentException("no behaviour is called '" + name + "'");
    }
}
