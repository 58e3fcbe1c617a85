/** The demo command: a sample catalogue in, a table of outcomes and a contact sheet out. Uses system to run the parts and jobs to talk to them. */
@NullMarked
package dev.renderfleet.testbed.demo;

import org.jspecify.annotations.NullMarked;
