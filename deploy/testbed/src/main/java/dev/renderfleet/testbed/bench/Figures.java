package dev.renderfleet.testbed.bench;

import java.util.List;

/** What a scenario found. Implementations are records of numbers, so that their components are the JSON. */
interface Figures {

    /** For people. */
    List<String> lines();
}
