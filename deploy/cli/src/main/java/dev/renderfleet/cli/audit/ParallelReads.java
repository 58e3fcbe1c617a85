package dev.renderfleet.cli.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Storage requests, 16 at a time. */
public final class ParallelReads {

    private static final int AT_A_TIME = 16;

    private ParallelReads() {}

    /** Results in the order of the inputs. Throws on the first failure. */
    public static <Q, A> List<A> ask(Collection<Q> questions, Function<Q, A> ask) {
        try (var threads =
                Executors.newFixedThreadPool(AT_A_TIME, Thread.ofVirtual().factory())) {
            List<Future<A>> asked = questions.stream()
                    .map(question -> threads.submit(() -> ask.apply(question)))
                    .toList();
            List<A> answers = new ArrayList<>(asked.size());
            for (Future<A> one : asked) {
                answers.add(one.get());
            }
            return answers;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking", e);
        }
    }
}
