package dev.renderfleet.contracts.job;

import java.util.Map;

/** What to draw. In JSON a plain string is the text form; the template form is an object with {@code template} and {@code variables}. */
public sealed interface Prompt {

    /** The words the model gets; a template's {@code {name}} places are filled in. Throws nothing: validation has seen to that. */
    String resolved();

    /** A finished prompt, 1 to 32,000 characters. */
    record Text(String text) implements Prompt {
        @Override
        public String resolved() {
            return text;
        }
    }

    /** A prompt with named places in braces; each place has a variable, and the filled-in text has 1 to 32,000 characters. */
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
