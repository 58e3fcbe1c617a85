/** The demo command: renders a sample catalogue into a table of outcomes and a contact sheet. Uses the packages system, jobs and audit. */
@NullMarked
package dev.renderfleet.testbed.demo;

import org.jspecify.annotations.NullMarked;
