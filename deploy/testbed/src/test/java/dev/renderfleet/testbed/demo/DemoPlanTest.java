package dev.renderfleet.testbed.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.demo.SampleCatalogue.Item;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the demo renders, and what it may cost. */
class DemoPlanTest {

    private static final LocalDate TODAY = LocalDate.parse("2026-12-02");

    @Test
    void allModelsAreThoseInServiceThatCanDrawTheProduct() {
        List<Item> items = items(DemoPlan.of(Map.of(), true, "nano-banana", TODAY));

        assertThat(items)
                .extracting(item -> item.job().model())
                .contains("gemini-nano-banana-2.1", "gpt-image-2.6-flare", "flux-3-image", "qwen-image-3.0", "proof")
                .as("servers of one's own")
                .contains("qwen-image-vllm", "qwen-image-localai", "packshot-workflow")
                .as("takes no reference")
                .doesNotContain("text-workflow")
                .as("switched off on 1 December")
                .doesNotContain("gpt-image-1.5")
                .as("needs a mask")
                .doesNotContain("flux-pro-1.0-fill");
        assertThat(items).extracting(Item::name).doesNotHaveDuplicates();
    }

    @Test
    void anEditChainOfTwoIsAmongThem() {
        List<Item> items = items(DemoPlan.of(Map.of(), true, "nano-banana", TODAY));

        List<Item> edits = items.stream().filter(Item::isEdit).toList();
        assertThat(edits).extracting(item -> item.background().id()).containsExactly("edit-1", "edit-2");
        assertThat(edits.getLast().job().parent()).isEqualTo(edits.getFirst().jobId());
        assertThat(items)
                .extracting(Item::jobId)
                .contains(edits.getFirst().job().parent());
    }

    @Test
    void onlyProvidersWithAKeySpendMoney() {
        DemoPlan plan = DemoPlan.of(Map.of("OPENAI_API_KEY", "k", "BFL_API_KEY", " "), true, "nano-banana", TODAY);

        List<Item> paid = plan.paid(items(plan));

        assertThat(paid).isNotEmpty().extracting(item -> item.job().model()).allMatch(id -> id.startsWith("gpt-"));
        assertThat(DemoPlan.worstUsdMicros(paid)).isPositive();
        assertThat(plan.keyVariables()).isEqualTo("OPENAI_API_KEY");
    }

    @Test
    void ofOneModelOnlyItsProviderCounts() {
        Map<String, String> keys = Map.of("OPENAI_API_KEY", "k", "GEMINI_API_KEY", "k");

        assertThat(DemoPlan.of(keys, false, "nano-banana", TODAY).real()).containsExactly("gemini");
        assertThat(DemoPlan.of(keys, false, "proof", TODAY).real()).isEmpty();
    }

    private static List<Item> items(DemoPlan plan) {
        return plan.items(SampleCatalogue.load(), "bucket", "run");
    }
}
