package dev.renderfleet.testbed.demo;

import java.io.Console;

/** Asks questions on the terminal, if there is one. */
// Since JDK 25 the console is null again where input or output is redirected (jdk.console=java.base is the default).
@SuppressWarnings("SystemConsoleNull")
final class TerminalPrompt {

    private TerminalPrompt() {}

    /** Whether input and output are a terminal. */
    static boolean isAttached() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** Prints the question and waits for a line; empty without a terminal or at the end of input. */
    static String ask(String question) {
        Console console = System.console();
        String line = console == null ? null : console.readLine("%s", question);
        return line == null ? "" : line;
    }
}
