package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.worker.providers.proof.Typeface.Line;
import java.awt.font.LineBreakMeasurer;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Paragraphs to be broken into lines, where their scripts allow. Confined to one thread. */
final class TextBlock {

    private static final String RIGHT_TO_LEFT_MARK = "\u200f";

    private final Typeface typeface;
    private final List<String> paragraphs;
    /** Of the paragraphs that were reached. */
    private final Map<Integer, LineBreakMeasurer> measurers = new HashMap<>();

    /** A line, as a part of a paragraph. */
    private record Span(int paragraph, int start, int end) {}

    TextBlock(Typeface typeface, String text) {
        this.typeface = typeface;
        // A layout of nothing is refused.
        this.paragraphs =
                text.lines().map(line -> line.isBlank() ? " " : line.strip()).toList();
    }

    /** Whether all of it fits into so many lines of at most that width, without a break inside a word. */
    boolean fits(double size, double width, int linesMax) {
        // One line more than wanted shows that something would be left out; the rest need not be laid out.
        List<Span> spans = spans(size, width, linesMax + 1, true);
        return spans != null && spans.size() <= linesMax;
    }

    /** Lines of at most that width; where more than that many lines would come, the last ends in an ellipsis. */
    List<Line> lines(double size, double width, int linesMax) {
        List<Span> spans = Objects.requireNonNull(spans(size, width, linesMax + 1, false), "words may be broken");
        List<Line> lines =
                new ArrayList<>(spans.stream().limit(linesMax).map(this::line).toList());
        if (spans.size() > linesMax) {
            lines.add(shortened(spans.get(linesMax - 1), lines.removeLast().isLeftToRight(), size, width));
        }
        return lines;
    }

    private Line shortened(Span span, boolean leftToRight, double size, double width) {
        String text = paragraphs.get(span.paragraph()).substring(span.start(), span.end());
        String directed = (leftToRight ? "" : RIGHT_TO_LEFT_MARK) + text.strip();
        return typeface.line(typeface.shorten(directed + Typeface.ELLIPSIS, size, width));
    }

    private Line line(Span span) {
        LineBreakMeasurer measurer = measurer(span.paragraph());
        measurer.setPosition(span.start());
        return new Line(measurer.nextLayout(Float.MAX_VALUE, span.end(), false));
    }

    /** Null if only whole words are wanted, and one is wider than a line. */
    private @Nullable List<Span> spans(double size, double width, int linesMax, boolean wholeWords) {
        float units = Typeface.inUnits(width, size);
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < paragraphs.size() && spans.size() < linesMax; i++) {
            LineBreakMeasurer measurer = measurer(i);
            int length = paragraphs.get(i).length();
            for (int start = 0; start < length && spans.size() < linesMax; start = measurer.getPosition()) {
                measurer.setPosition(start);
                int end = measurer.nextOffset(units, length, wholeWords);
                if (end == start) {
                    return null;
                }
                spans.add(new Span(i, start, end));
                measurer.setPosition(end);
            }
        }
        return spans;
    }

    private LineBreakMeasurer measurer(int paragraph) {
        return measurers.computeIfAbsent(
                paragraph,
                number -> new LineBreakMeasurer(
                        typeface.attributed(paragraphs.get(number)).getIterator(),
                        BreakIterator.getLineInstance(Locale.ROOT),
                        Typeface.CONTEXT));
    }
}
