package dev.renderfleet.worker.pictures;

import java.nio.file.Path;

/** Prints the damage of a picture, beside so many MiB of other objects. For a process with little memory. */
final class DecodingInSmallMemory {

    private DecodingInSmallMemory() {}

    static void main(String[] args) {
        var others = new byte[Integer.parseInt(args[1])][1 << 20];
        System.out.println("damage: " + PictureIntegrity.damage(Path.of(args[0])) + ", others: " + others.length);
    }
}
