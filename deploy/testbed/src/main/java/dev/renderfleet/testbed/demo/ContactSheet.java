package dev.renderfleet.testbed.demo;

import dev.renderfleet.testbed.demo.SampleCatalogue.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** An HTML page with all images of a run, one row for each product. */
final class ContactSheet {

    private static final String STYLE = """
            :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); }
            body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; padding: 0 1.5rem; }
            h1 { font-size: 1.5rem; margin: 0 0 .3rem; } .sum { opacity: .7; margin: 0 0 2rem; }
            h2 { font-size: 1.05rem; margin: 2rem 0 .7rem; border-top: 1px solid var(--line); padding-top: 1rem; }
            .row { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1.1rem; }
            figure { margin: 0; } img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 8px; background: #8881; }
            figcaption { font-size: .82rem; margin-top: .35rem; } .dim { opacity: .65; overflow-wrap: anywhere; }
            .bad { border: 2px solid #c33; border-radius: 8px; padding: 1rem; } .source img { outline: 2px dashed var(--line); }
            """;

    private ContactSheet() {}

    /** Writes {@code index.html} into the folder of the images. */
    static Path write(Path folder, String title, List<DemoOutcome> outcomes, List<Product> products) {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(escaped(title))
                .append("</title><meta name=\"viewport\" content=\"width=device-width\"><style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>")
                .append(escaped(title))
                .append("</h1>\n<p class=\"sum\">")
                .append(escaped(summary(outcomes)))
                .append("</p>\n");
        for (Product product : products) {
            html.append("<h2>").append(escaped(product.name())).append("</h2>\n<div class=\"row\">\n");
            source(html, folder, product);
            outcomes.stream()
                    .filter(outcome -> outcome.item().product().equals(product))
                    .forEach(outcome -> figure(html, outcome));
            html.append("</div>\n");
        }
        html.append("</body></html>\n");
        Path page = folder.resolve("index.html");
        try {
            Files.writeString(page, html);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return page;
    }

    static String summary(List<DemoOutcome> outcomes) {
        long good = outcomes.stream().filter(DemoOutcome::good).count();
        double usd = outcomes.stream().mapToLong(DemoOutcome::usdMicros).sum() / 1e6;
        return String.format(Locale.ROOT, "%d of %d jobs completed and verified, %.4f USD", good, outcomes.size(), usd);
    }

    private static void source(StringBuilder html, Path folder, Product product) {
        String name = "source_" + product.sku()
                + product.picture().substring(product.picture().lastIndexOf('.'));
        try {
            Files.write(folder.resolve(name), product.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        html.append("<figure class=\"source\"><img alt=\"product image\" src=\"")
                .append(escaped(name))
                .append("\"><figcaption>the reference<br><span class=\"dim\">")
                .append(escaped(product.key()))
                .append("</span></figcaption></figure>\n");
    }

    private static void figure(StringBuilder html, DemoOutcome outcome) {
        String what = outcome.item().background().id() + " · "
                + outcome.item().locale().locale();
        html.append(outcome.good() ? "<figure>" : "<figure class=\"bad\">");
        if (outcome.file() != null) {
            html.append("<a href=\"")
                    .append(escaped(outcome.file().getFileName().toString()))
                    .append("\"><img loading=\"lazy\" alt=\"")
                    .append(escaped(outcome.item().product().name() + ", " + what))
                    .append("\" src=\"")
                    .append(escaped(outcome.file().getFileName().toString()))
                    .append("\"></a>");
        }
        html.append("<figcaption>")
                .append(escaped(what))
                .append("<br>")
                .append(escaped(String.format(
                        Locale.ROOT, "%s · %.1f s · %s USD", outcome.model(), outcome.seconds(), outcome.usd())))
                .append("<br><span class=\"dim\">")
                .append(escaped(outcome.reason()))
                .append("<br>")
                .append(escaped(outcome.note()))
                .append("</span></figcaption></figure>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
