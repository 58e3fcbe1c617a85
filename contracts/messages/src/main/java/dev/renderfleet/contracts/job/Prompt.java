package dev.renderfleet.contracts.job;

import java.util.Map;

/** The prompt. In JSON a plain string is the text form; the template form is an object with {@code template} and {@code variables}. */
public sealed interface Prompt {

    /** The text sent to the model; a template's {@code {name}} placeholders are filled in. Throws nothing, since jobs are validated. */
    String resolved();

    /** A finished prompt, 1 to 32,000 characters. */
    record Text(String text) implements Prompt {
        @Override
        public String resolved() {
            return text;
        }
    }

    /** A prompt with named placeholders in braces. Each has a variable; the filled-in text has 1 to 32,000 characters. */
    record Template(String template, Map<String, String> variables) implements Prompt {
        public Template {
            variables = Map.copyOf(variables);
        }

        @Override
        public String resolved() {
            return PromptTemplate.fill(template, variables);
        }
    }
}
