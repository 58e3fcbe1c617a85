package dev.renderfleet.catalogue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;

/** Reads a price in millionths of a US dollar: 0 to 1,000 dollars, whole. The error has line and field. */
final class UsdMicros extends StdScalarDeserializer<Long> {

    private static final long serialVersionUID = 1L;

    private static final long MAX = 1_000_000_000;

    UsdMicros() {
        super(Long.class);
    }

    @Override
    public Long deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (!parser.currentToken().isScalarValue() || !parser.getText().matches("[0-9]{1,10}")) {
            return context.reportInputMismatch(
                    this, "a price is a whole number of millionths of a dollar, 0 or more, not %s", parser.getText());
        }
        long price = Long.parseLong(parser.getText());
        return price <= MAX
                ? price
                : context.reportInputMismatch(this, "a price is at most %d millionths of a dollar, not %d", MAX, price);
    }

    @Override
    public Long getNullValue(DeserializationContext context) {
        return 0L;
    }
}
