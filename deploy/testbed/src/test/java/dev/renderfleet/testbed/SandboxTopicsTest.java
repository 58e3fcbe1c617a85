package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.kafka.SandboxTopics;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The sandbox, which depends on nothing of ours, creates the topics of contracts. */
class SandboxTopicsTest {

    @Test
    void theSandboxRepeatsTheTopicsOfContracts() throws IllegalAccessException {
        assertThat(names(SandboxTopics.class)).isNotEmpty().isEqualTo(names(Topics.class));
    }

    private static Map<String, Object> names(Class<?> of) throws IllegalAccessException {
        Map<String, Object> names = new TreeMap<>();
        for (Field field : of.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
                names.put(field.getName(), field.get(null));
            }
        }
        return names;
    }
}
