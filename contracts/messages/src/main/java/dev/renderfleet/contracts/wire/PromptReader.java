package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.PromptTemplate;
import java.util.Locale;
import java.util.Map;

/** Reads the three spellings of a prompt: a plain string, {@code {"text"}}, or {@code {"template", "variables"}}. */
final class PromptReader {

    static final int VARIABLE_COUNT_MAX = 64;

    private PromptReader() {}

    static Prompt read(JsonFields job) {
        if (job.isText("prompt")) {
            return text(job, "prompt");
        }
        if (job.has("prompt") && !job.isObject("prompt")) {
            throw job.wrongType("prompt", "text in double quotes, or an object with text or template");
        }
        JsonFields prompt = job.object("prompt");
        if (prompt.has("text") == prompt.has("template")) {
            throw job.violation("prompt", "prompt has either text or template; give one of them");
        }
        if (prompt.has("text")) {
            if (prompt.has("variables")) {
                throw prompt.violation("variables", "variables belong to a template; rename text to template");
            }
            return text(prompt, "text");
        }
        return template(prompt);
    }

    private static Prompt text(JsonFields fields, String name) {
        String text = fields.text(name);
        RuleViolation.check(fields.at(name), TextRules.prompt(text));
        return new Prompt.Text(text);
    }

    private static Prompt template(JsonFields prompt) {
        String template = prompt.text("template");
        RuleViolation.check(prompt.at("template"), TextRules.prompt(template));
        Map<String, String> variables = prompt.textsByName("variables", VARIABLE_COUNT_MAX);
        JsonPath at = prompt.at("variables");
        for (String name : variables.keySet()) {
            String rule = "a variable's name has 1 to 64 characters of A-Z a-z 0-9 _ and starts with a letter";
            RuleViolation.check(at.child(name), TextRules.matching(TextRules.VARIABLE_NAME, name, rule));
        }
        for (String place : PromptTemplate.places(template)) {
            if (!variables.containsKey(place)) {
                throw RuleViolation.invalid(
                        at.child(place),
                        String.format(
                                Locale.ROOT,
                                "the template has a place %s; add the variable",
                                PrintableText.quoted(place)));
            }
        }
        // Twice the limit in UTF-16 units is never below it in code points, and bounds what filling may allocate.
        if (PromptTemplate.filledLength(template, variables) > 2L * TextRules.PROMPT_CHARS_MAX) {
            throw prompt.violation(
                    "template",
                    String.format(
                            Locale.ROOT,
                            "prompt has at most %,d characters when filled in; shorten template or variables",
                            TextRules.PROMPT_CHARS_MAX));
        }
        Prompt filled = new Prompt.Template(template, variables);
        RuleViolation.check(prompt.at("template"), TextRules.prompt(filled.resolved()));
        return filled;
    }
}
