package dev.renderfleet.scheduler.release;

import java.util.function.BooleanSupplier;

/**
 * What bounds releases besides money and windows.
 *
 * @param allowed whether jobs may be released at all: not while accounts do not add up
 */
public record ReleaseRules(HeldModels holds, BooleanSupplier allowed) {}
