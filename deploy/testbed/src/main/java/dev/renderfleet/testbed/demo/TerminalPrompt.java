package dev.renderfleet.testbed.demo;

import java.io.Console;

/** The person at the keyboard, if there is one. */
// Since JDK 25 the console is null again where input or output is redirected (jdk.console=java.base is the default).
@SuppressWarnings("SystemConsoleNull")
final class TerminalPrompt {

    private TerminalPrompt() {}

    /** Whether a person can see and answer. */
    static boolean isAttached() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** Asks, and waits for a line; empty when nobody is there or the input has ended. */
    static String ask(String question) {
        Console console = System.console();
        String line = console == null ? null : console.readLine("%s", question);
        return line == null ? "" : line;
    }
}
