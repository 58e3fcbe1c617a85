package dev.renderfleet.catalogue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads names and remembers them while one file is read, so that an error has the line and the field of the second or unknown name. */
final class Names {

    private Names() {}

    /** The line of each name of a kind. */
    @SuppressWarnings("unchecked") // set below only
    private static Map<String, Integer> seen(DeserializationContext context, String kind) {
        if (context.getAttribute(kind) == null) {
            context.setAttribute(kind, new HashMap<String, Integer>());
        }
        return (Map<String, Integer>) context.getAttribute(kind);
    }

    abstract static class Reader extends StdScalarDeserializer<String> {
        private static final long serialVersionUID = 1L;

        Reader() {
            super(String.class);
        }

        String claim(JsonParser parser, DeserializationContext context, String kind) throws IOException {
            String name = _parseString(parser, context, this);
            Integer line = seen(context, kind)
                    .putIfAbsent(name, parser.currentTokenLocation().getLineNr());
            return line == null
                    ? name
                    : context.reportInputMismatch(
                            this, "the name %s belongs to another %s already, in line %d", name, kind, line);
        }
    }

    /** A model's id or alias, which no other model has. */
    static final class NewModel extends Reader {
        private static final long serialVersionUID = 1L;

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return claim(parser, context, "model");
        }
    }

    /** A provider's name, which no other provider has. */
    static final class NewProvider extends Reader {
        private static final long serialVersionUID = 1L;

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return claim(parser, context, "provider");
        }
    }

    /** The name of a provider above in the file. */
    static final class KnownProvider extends Reader {
        private static final long serialVersionUID = 1L;

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String name = _parseString(parser, context, this);
            Map<String, Integer> known = seen(context, "provider");
            return known.containsKey(name)
                    ? name
                    : context.reportInputMismatch(
                            this,
                            "no provider %s stands above under providers; there are %s",
                            name,
                            known.keySet().stream().sorted().toList());
        }
    }
}
