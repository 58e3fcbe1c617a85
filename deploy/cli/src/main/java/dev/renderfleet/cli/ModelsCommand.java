package dev.renderfleet.cli;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Prices;
import dev.renderfleet.cli.cluster.ClusterOptions;
import dev.renderfleet.cli.cluster.UserError;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the model catalogue, one model a line. */
@Command(
        name = "models",
        description = {
            "Prints the models of the catalogue: ids, aliases, prices in US dollars, validity.",
            "Where Kafka is named, also which models and providers the fleet holds."
        },
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {

    private static final String ROW = "%-28s %-12s %-38s %-32s %s%n";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private CatalogueOptions options = new CatalogueOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ModelCatalogue catalogue = options.catalogue();
        out.printf(ROW, "MODEL", "PROVIDER", "PRICE OF AN IMAGE", "VALIDITY", "ALIASES");
        for (ModelCard card : catalogue.models()) {
            out.printf(
                    ROW,
                    card.id(),
                    card.provider(),
                    price(card),
                    validity(card, catalogue.retired(card)),
                    String.join(", ", card.aliases()));
        }
        out.println(
                "Prices of version " + catalogue.version() + ", without prompt, references, thoughts and searches.");
        if (cluster.namesKafka()) {
            printStatus(out);
        }
        return 0;
    }

    /** If Kafka does not answer, the catalogue was printed all the same. */
    private void printStatus(PrintWriter out) {
        FleetStatus status;
        try {
            status = FleetStatus.read(cluster.kafka(), Instant.now());
        } catch (UserError e) {
            out.println("What is on hold is not known. " + e.getMessage());
            return;
        }
        out.println("The fleet calls " + String.join(", ", status.providers()) + ".");
        status.holds().forEach(hold -> out.println("on hold: " + hold));
        if (status.holds().isEmpty()) {
            out.println("Nothing is on hold.");
        }
    }

    private static String price(ModelCard card) {
        Prices prices = card.prices();
        if (!prices.known()) {
            return "not known";
        }
        if (prices.gpuSecond() > 0) {
            return dollars(prices.gpuSecond()) + " a second";
        }
        if (prices.megapixel() != null) {
            return dollars(prices.megapixel().first()) + " + "
                    + dollars(prices.megapixel().further()) + " a further MP";
        }
        return card.sizes().stream()
                .sorted()
                .map(size -> size + " " + range(prices.picture(), size))
                .collect(Collectors.joining(", "));
    }

    /** From the lowest to the highest quality. */
    private static String range(Map<String, Long> prices, String size) {
        LongSummaryStatistics all = prices.entrySet().stream()
                .filter(price -> price.getKey().startsWith(size))
                .mapToLong(Map.Entry::getValue)
                .summaryStatistics();
        return all.getMin() == all.getMax()
                ? dollars(all.getMin())
                : dollars(all.getMin()) + " to " + dollars(all.getMax());
    }

    static String dollars(long usdMicros) {
        String text = String.format(Locale.ROOT, "%.6f", usdMicros / 1e6);
        return "$" + text.replaceFirst("(\\.\\d{2,}?)0+$", "$1");
    }

    private String validity(ModelCard card, @Nullable LocalDate retired) {
        if (retired == null) {
            return card.onlyByName() ? "by name only" : "";
        }
        String when = options.day().isBefore(retired) ? "until " + retired.minusDays(1) : "retired " + retired;
        return card.successor() == null ? when : when + ", then " + card.successor();
    }
}
