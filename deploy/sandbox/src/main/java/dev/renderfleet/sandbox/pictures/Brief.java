package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the painter understands of a prompt: where it plays, what stands there, and in which colours. */
record Brief(Place place, Thing thing, Color product, Color backdrop) {

    enum Place {
        STUDIO,
        BEACH,
        FOREST,
        MOUNTAINS,
        CITY,
        KITCHEN
    }

    enum Thing {
        VASE,
        MUG,
        BOTTLE,
        LAMP,
        BAG,
        SHIRT,
        BOX
    }

    private static final Map<String, Color> COLOURS = Map.ofEntries(
            Map.entry("red", new Color(0xc8, 0x32, 0x2f)),
            Map.entry("crimson", new Color(0xa8, 0x1c, 0x3a)),
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
            Map.entry(Place.BEACH, List.of("beach", "sea", "ocean", "sand", "coast", "tropical", "summer")),
            Map.entry(Place.FOREST, List.of("forest", "wood", "woods", "jungle", "garden", "moss", "nature", "autumn")),
            Map.entry(
                    Place.MOUNTAINS, List.of("mountain", "mountains", "snow", "alpine", "winter", "desert", "outdoor")),
            Map.entry(Place.CITY, List.of("city", "night", "neon", "street", "urban", "skyline", "cyberpunk")),
            Map.entry(
                    Place.KITCHEN, List.of("kitchen", "table", "wooden", "cafe", "home", "interior", "desk", "room")));

    private static final List<Map.Entry<Thing, List<String>>> THINGS = List.of(
            Map.entry(Thing.MUG, List.of("mug", "cup", "coffee", "tea")),
            Map.entry(Thing.BOTTLE, List.of("bottle", "perfume", "wine", "flask", "serum", "shampoo")),
            Map.entry(Thing.LAMP, List.of("lamp", "light", "lantern")),
            Map.entry(Thing.BAG, List.of("bag", "handbag", "backpack", "tote", "purse")),
            Map.entry(Thing.SHIRT, List.of("shirt", "t-shirt", "tee", "sweater", "hoodie", "jacket", "dress")),
            Map.entry(Thing.BOX, List.of("box", "book", "phone", "package", "laptop", "tablet", "card")));

    static Brief of(String prompt, long seed) {
        List<String> words = List.of(prompt.toLowerCase(Locale.ROOT).split("[^\\p{L}-]+", -1));
        var colours = new ArrayList<Color>();
        for (String word : words) {
            Color colour = COLOURS.get(word);
            if (colour != null) {
                colours.add(colour);
            }
        }
        // Without a colour word the words themselves choose a hue, so that different prompts look different.
        float hue = Math.floorMod(prompt.hashCode() * 31L + seed, 360) / 360f;
        Color product = colours.isEmpty() ? Color.getHSBColor(hue, 0.55f, 0.75f) : colours.getFirst();
        Color backdrop = colours.size() > 1 ? colours.get(1) : Color.getHSBColor((hue + 0.45f) % 1, 0.22f, 0.86f);
        return new Brief(first(PLACES, words, Place.STUDIO), first(THINGS, words, Thing.VASE), product, backdrop);
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
