package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PictureRequestTest {
    private static final String HINT = "The product, to be shown exactly as it is:";

    @Test
    void thePromptLeavesOutWhatReferencesAreFor() {
        assertThat(PictureRequest.promptAmong(List.of(HINT, "The style to follow, not its content:", "A vase.\nBlue.")))
                .isEqualTo("A vase.\nBlue.");
        assertThat(PictureRequest.promptAmong(List.of("A vase.", HINT))).isEqualTo("A vase.");
    }

    @Test
    void thePromptIsThereWhateverTheTextsAre() {
        assertThat(PictureRequest.promptAmong(List.of("A vase in these colours:")))
                .isEqualTo("A vase in these colours:");
        assertThat(PictureRequest.promptAmong(List.of(""))).isEmpty();
        assertThat(PictureRequest.promptAmong(List.of())).isEmpty();
    }
}
