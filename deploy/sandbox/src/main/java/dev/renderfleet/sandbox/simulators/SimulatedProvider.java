package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;

/** A simulator with the parts that each of them has. */
public abstract class SimulatedProvider implements ModelSimulator {
    protected final ReferenceLoader references = new ReferenceLoader();
    protected final SimulatorState state;
    protected final CallAdmission admission;
    protected final SimulatedPictures pictures;
    protected final InstantSource clock;

    private final String name;
    private final String apiKey;

    protected SimulatedProvider(
            String name, String apiKey, SimulatorState state, PictureRenderer renderer, InstantSource clock) {
        this.name = name;
        this.apiKey = apiKey;
        this.state = state;
        this.clock = clock;
        admission = new CallAdmission(state, clock);
        pictures = new SimulatedPictures(renderer, state.settings());
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String apiKey() {
        return apiKey;
    }

    @Override
    public SimulatorState state() {
        return state;
    }

    /** The simulator's address as the client sees it. */
    protected final String address(HttpRequest request) {
        return "http://" + request.header("host").orElse("127.0.0.1") + "/" + name;
    }

    /** The files; one that cannot be had throws an {@link IllegalArgumentException} that begins with this text. */
    protected final List<byte[]> fetch(List<Reference> wanted, String problem) throws InterruptedException {
        try {
            return references.fetch(wanted);
        } catch (IOException e) {
            throw new IllegalArgumentException(problem + ": " + e.getMessage(), e);
        }
    }
}
