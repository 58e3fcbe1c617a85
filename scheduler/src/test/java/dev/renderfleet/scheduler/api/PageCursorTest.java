package dev.renderfleet.scheduler.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PageCursorTest {

    private static final String LISTING = "jobs acme queued";

    @Test
    void aCursorLeadsToItsPlaceInItsListing() {
        String cursor = PageCursor.of(LISTING, 4_711);

        assertThat(cursor).matches("[A-Za-z0-9_-]{22}");
        assertThat(PageCursor.read(LISTING, cursor)).hasValue(4_711);
        assertThat(PageCursor.read("jobs other queued", cursor)).isEmpty();
    }

    @Test
    void noChangedCharacterIsOverlooked() {
        String cursor = PageCursor.of(LISTING, 4_711);

        for (int i = 0; i < cursor.length(); i++) {
            char other = cursor.charAt(i) == 'A' ? 'B' : 'A';
            assertThat(PageCursor.read(LISTING, cursor.substring(0, i) + other + cursor.substring(i + 1)))
                    .isEmpty();
        }
        assertThat(PageCursor.read(LISTING, cursor + "A")).isEmpty();
        assertThat(PageCursor.read(LISTING, cursor.substring(1))).isEmpty();
        assertThat(PageCursor.read(LISTING, "")).isEmpty();
        assertThat(PageCursor.read(LISTING, "ä ' --")).isEmpty();
    }
}
