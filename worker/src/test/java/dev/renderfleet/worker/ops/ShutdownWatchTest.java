package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ShutdownNotice;
import dev.renderfleet.worker.providers.TaskLog;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ShutdownWatchTest {

    private static final String FLARE = "gpt-image-2.6-flare";
    private static final String OLDER = "gpt-image-1.5";
    private static final LocalDate DAY = LocalDate.of(2027, 2, 1);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-12-01T00:00:00Z"));
    private final ModelCatalogue catalogue = ModelCatalogue.builtIn();
    private final Map<String, ShutdownNotice> notices = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final ShutdownWatch watch = new ShutdownWatch(catalogue, Map.of("openai", new Announcer()), clock);

    private final class Announcer implements ImageProvider {
        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            throw new AssertionError("asked to draw");
        }

        @Override
        public ShutdownNotice shutdown(String model) {
            asked.add(model);
            return notices.getOrDefault(model, new ShutdownNotice.None());
        }
    }

    /** The log's lines of one refresh. */
    private List<String> refresh() {
        try (var log = new CapturedLog(ShutdownWatch.class)) {
            watch.refresh();
            return log.lines();
        }
    }

    @Test
    void asksForModelsInServiceOfProvidersThatAreSetUpOnly() {
        refresh();

        assertThat(asked).contains(FLARE).doesNotContain(OLDER).allMatch(model -> model.startsWith("gpt-image-2"));
    }

    @Test
    void warnsThirtyDaysBeforeAndNamesTheSuccessor() {
        notices.put("gpt-image-2", new ShutdownNotice.On(DAY));
        assertThat(refresh()).isEmpty();
        assertThat(watch.days()).containsOnly(Map.entry("gpt-image-2", DAY));

        clock.advance(Duration.ofDays(32));
        assertThat(refresh())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("WARN ")
                .contains("model=gpt-image-2", "day=2027-02-01");
        clock.advance(Duration.ofDays(31));
        assertThat(refresh()).hasSize(1);
    }

    @Test
    void aFailureIsOneLineAndChangesNothing() {
        notices.put(FLARE, new ShutdownNotice.On(DAY));
        refresh();
        notices.put(FLARE, new ShutdownNotice.Unread("TIMEOUT"));
        notices.put("gpt-image-2", new ShutdownNotice.Unread("HTTP_404"));

        assertThat(refresh()).hasSize(1).first().asString().contains(FLARE + "=TIMEOUT", "gpt-image-2=HTTP_404");
        assertThat(watch.days()).containsOnly(Map.entry(FLARE, DAY));

        notices.clear();
        refresh();
        assertThat(watch.days()).as("withdrawn").isEmpty();
    }

    @Test
    void theEarlierDayOfCatalogueAndProviderCounts() {
        assertThat(watch.daysLeft(model(FLARE))).isNaN();
        assertThat(watch.daysLeft(model(OLDER))).isZero();

        notices.put(FLARE, new ShutdownNotice.On(DAY));
        refresh();
        assertThat(watch.daysLeft(model(FLARE))).isEqualTo(62);
        clock.advance(Duration.ofDays(63));
        assertThat(watch.daysLeft(model(FLARE))).isEqualTo(-1);
    }

    private ModelCard model(String id) {
        return Objects.requireNonNull(catalogue.find(id));
    }
}
