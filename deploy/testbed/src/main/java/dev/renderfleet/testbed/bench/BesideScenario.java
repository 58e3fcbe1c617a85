package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.testbed.bench.BesideTable.Row;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Our worker and those of other makes under the same loads and faults, with the same simulator and store, one after the other. */
final class BesideScenario {

    private final BenchFleet fleet;
    private final int jobs;
    private final Consumer<String> progress;

    private BesideScenario(BenchFleet fleet, int jobs, Consumer<String> progress) {
        this.fleet = fleet;
        this.jobs = jobs;
        this.progress = progress;
    }

    /** A make that cannot be had on this machine is left out, with the reason. */
    static BesideTable run(
            BenchFleet fleet,
            Paths paths,
            List<PeerMake> peers,
            List<BesidePart> parts,
            int jobs,
            Consumer<String> progress)
            throws InterruptedException {
        Map<String, String> leftOut = new LinkedHashMap<>();
        List<Contestant> contestants = new ArrayList<>();
        try {
            contestants.add(new OwnContestant(fleet));
            for (PeerMake make : peers) {
                try {
                    Path folder = make.install(paths, progress);
                    contestants.add(new PeerContestant(make, folder, fleet, paths));
                } catch (UserError missing) {
                    leftOut.put(make.toString(), String.valueOf(missing.getMessage()));
                    progress.accept(make + " is left out: " + missing.getMessage());
                }
            }
            List<Row> rows = new BesideScenario(fleet, jobs, progress).rows(contestants, parts);
            return new BesideTable(contestants.stream().map(Contestant::title).toList(), leftOut, rows);
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    private List<Row> rows(List<Contestant> contestants, List<BesidePart> parts) throws InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (BesidePart part : parts) {
            Map<String, List<Double>> figures = new LinkedHashMap<>();
            for (Contestant contestant : contestants) {
                Map<String, Double> measured = part.measure(fleet, contestant, jobs);
                progress.accept("  " + part + ", " + contestant.title() + ": " + measured);
                measured.forEach((what, figure) ->
                        figures.computeIfAbsent(what, _ -> new ArrayList<>()).add(figure));
            }
            figures.forEach((what, ofAll) -> rows.add(new Row(what, ofAll)));
        }
        return rows;
    }
}
