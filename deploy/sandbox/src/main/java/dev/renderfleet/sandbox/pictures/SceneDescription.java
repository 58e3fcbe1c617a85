package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the painter understands of a prompt: the place, the product and the colours. The backdrop runs
 * from its first colour, on the side of the light, to its second.
 */
record SceneDescription(Place place, Thing thing, Color product, Color backdrop, Color backdropFar, boolean plinth) {

    enum Place {
        STUDIO,
        TERRACE
    }

    enum Thing {
        VASE,
        MUG,
        BOTTLE
    }

    private static final Map<String, Color> COLOURS = Map.ofEntries(
            Map.entry("red", new Color(0xc8, 0x32, 0x2f)),
            Map.entry("crimson", new Color(0xa8, 0x1c, 0x3a)),
            Map.entry("apricot", new Color(0xf2, 0xb0, 0x7c)),
            Map.entry("peach", new Color(0xf6, 0xc4, 0xa2)),
            Map.entry("coral", new Color(0xee, 0x7f, 0x69)),
            Map.entry("terracotta", new Color(0xc0, 0x6a, 0x4a)),
            Map.entry("amber", new Color(0xe2, 0xa0, 0x3a)),
            Map.entry("cream", new Color(0xf2, 0xe8, 0xd4)),
            Map.entry("sage", new Color(0x9c, 0xae, 0x92)),
            Map.entry("lavender", new Color(0xb4, 0xa2, 0xd6)),
            Map.entry("charcoal", new Color(0x3c, 0x3e, 0x44)),
            Map.entry("orange", new Color(0xe8, 0x82, 0x2c)),
            Map.entry("yellow", new Color(0xf0, 0xc0, 0x3c)),
            Map.entry("gold", new Color(0xc9, 0xa2, 0x4b)),
            Map.entry("golden", new Color(0xc9, 0xa2, 0x4b)),
            Map.entry("green", new Color(0x3f, 0x8f, 0x5a)),
            Map.entry("olive", new Color(0x7c, 0x83, 0x4a)),
            Map.entry("teal", new Color(0x2a, 0x8c, 0x8c)),
            Map.entry("turquoise", new Color(0x3f, 0xb8, 0xb0)),
            Map.entry("blue", new Color(0x35, 0x68, 0xb8)),
            Map.entry("navy", new Color(0x22, 0x35, 0x66)),
            Map.entry("purple", new Color(0x77, 0x4a, 0xa0)),
            Map.entry("violet", new Color(0x8a, 0x63, 0xc0)),
            Map.entry("pink", new Color(0xe7, 0x8f, 0xae)),
            Map.entry("brown", new Color(0x86, 0x5a, 0x3c)),
            Map.entry("beige", new Color(0xdc, 0xcd, 0xb2)),
            Map.entry("white", new Color(0xf3, 0xf1, 0xec)),
            Map.entry("grey", new Color(0x8f, 0x93, 0x98)),
            Map.entry("gray", new Color(0x8f, 0x93, 0x98)),
            Map.entry("silver", new Color(0xb9, 0xbe, 0xc4)),
            Map.entry("black", new Color(0x2c, 0x2c, 0x31)));

    private static final List<Map.Entry<Place, List<String>>> PLACES = List.of(
            Map.entry(Place.STUDIO, List.of("studio", "backdrop", "seamless", "softbox")),
            Map.entry(
                    Place.TERRACE,
                    List.of("terrace", "whitewashed", "balcony", "mediterranean", "beach", "sea", "ocean", "coast")));

    private static final List<Map.Entry<Thing, List<String>>> THINGS = List.of(
            Map.entry(Thing.MUG, List.of("mug", "cup", "coffee", "tea")),
            Map.entry(Thing.BOTTLE, List.of("bottle", "perfume", "wine", "flask", "serum", "shampoo")));

    private static final Set<String> PLINTHS = Set.of("plinth", "pedestal", "podium");

    private static final Pattern FADE = Pattern.compile("\\bfrom ([\\p{L} -]{1,60}?) (?:in)?to ([\\p{L} -]{1,60})");

    static SceneDescription of(String prompt, long seed) {
        // What is to be read in the picture says nothing about what is to be seen in it.
        String scene = Headline.removedFrom(prompt).toLowerCase(Locale.ROOT);
        List<String> words = words(scene);
        List<Color> colours = colours(words);
        // Without a colour word the words themselves choose a hue, so that different prompts look different.
        float hue = Math.floorMod(prompt.hashCode() * 31L + seed, 360) / 360f;
        Color product = colours.isEmpty() ? Color.getHSBColor(hue, 0.55f, 0.75f) : colours.getFirst();
        Color near = colours.size() > 1 ? colours.get(1) : Color.getHSBColor((hue + 0.45f) % 1, 0.22f, 0.86f);
        Color far = near;
        Matcher fade = FADE.matcher(scene);
        while (fade.find()) {
            List<Color> from = colours(words(fade.group(1)));
            List<Color> to = colours(words(fade.group(2)));
            if (!from.isEmpty() && !to.isEmpty()) {
                near = from.getFirst();
                far = to.getFirst();
                break;
            }
        }
        return new SceneDescription(
                first(PLACES, words, Place.STUDIO),
                first(THINGS, words, Thing.VASE),
                product,
                near,
                far,
                words.stream().anyMatch(PLINTHS::contains));
    }

    private static List<String> words(String text) {
        return List.of(text.split("[^\\p{L}-]+", -1));
    }

    private static List<Color> colours(List<String> words) {
        var colours = new ArrayList<Color>();
        String before = "";
        for (String word : words) {
            Color colour = COLOURS.get(word);
            if (colour != null) {
                colours.add(
                        switch (before) {
                            case "dusky", "muted" ->
                                Shading.mix(colour, Shading.mix(colour, new Color(0x5a, 0x4c, 0x62), 0.6), 0.75);
                            case "dark", "deep" -> Shading.darker(colour, 0.35);
                            case "pale", "light", "soft" -> Shading.lighter(colour, 0.4);
                            default -> colour;
                        });
            }
            before = word;
        }
        return colours;
    }

    private static <T> T first(List<Map.Entry<T, List<String>>> choices, List<String> words, T otherwise) {
        for (Map.Entry<T, List<String>> choice : choices) {
            if (words.stream().anyMatch(choice.getValue()::contains)) {
                return choice.getKey();
            }
        }
        return otherwise;
    }
}
