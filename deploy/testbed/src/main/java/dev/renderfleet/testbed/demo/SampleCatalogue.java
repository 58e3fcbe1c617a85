package dev.renderfleet.testbed.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.RenderJob;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The demo's shop: products × backgrounds × locales, each combination one job. Read from the resource {@code catalogue/}. */
record SampleCatalogue(List<Product> products, List<Background> backgrounds, List<Locale> locales, String template) {

    static final String TENANT = "demo";
    private static final String FOLDER = "/catalogue/";
    /** Paid calls that a job's budget allows. */
    private static final int CALLS_MAX = 2;

    /** What is edited, as if it were backgrounds. */
    private static final List<Background> EDITS = List.of(
            new Background("edit-1", "Keep everything as it is, but make it evening, with warm light from a lamp."),
            new Background("edit-2", "Now let it snow lightly."));

    record Product(String sku, String name, String picture) {
        /** Key of its image in the bucket, below the tenant's prefix. */
        String key() {
            return "inputs/" + TENANT + "/" + picture;
        }

        byte[] bytes() {
            return resource(picture);
        }
    }

    record Background(String id, String prompt) {}

    record Locale(String locale, Map<String, String> headline) {}

    /** One combination and its job. */
    record Item(Product product, Background background, Locale locale, RenderJob job) {
        boolean isEdit() {
            return job.parent() != null;
        }

        String jobId() {
            return JobId.of(job.tenant(), job.idempotencyKey()).value();
        }

        /** For people, and unique among the items of a run. */
        String name() {
            return String.join("_", product.sku(), background.id(), locale.locale(), String.valueOf(job.model()));
        }
    }

    static SampleCatalogue load() {
        try {
            return new ObjectMapper().readValue(resource("catalogue.json"), SampleCatalogue.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * All combinations.
     *
     * @param run part of each idempotency key, so that another run has other jobs
     * @param budgetUsdMicros budget of each job
     */
    List<Item> items(String bucket, String run, @Nullable String model, long budgetUsdMicros) {
        List<Item> items = new ArrayList<>();
        for (Product product : products) {
            for (Background background : backgrounds) {
                for (Locale locale : locales) {
                    items.add(new Item(
                            product,
                            background,
                            locale,
                            job(product, background, locale, bucket, run, model, budgetUsdMicros)));
                }
            }
        }
        return items;
    }

    /**
     * One product on one background by each of the models, as far as they can draw it. The image of the first one that continues
     * sessions is edited twice.
     */
    List<Item> itemsByModel(String bucket, String run, Router router, List<String> models, LocalDate today) {
        Product product = products.getFirst();
        Background background = backgrounds.getFirst();
        Locale locale = locales.getLast();
        List<Item> items = new ArrayList<>();
        List<Item> edits = new ArrayList<>();
        for (String model : models) {
            RenderJob unbounded = job(product, background, locale, bucket, run, model, Long.MAX_VALUE);
            if (router.route(unbounded, today) instanceof Routed routed) {
                items.add(new Item(
                        product,
                        background,
                        locale,
                        job(product, background, locale, bucket, run, model, CALLS_MAX * routed.worstUsdMicros())));
                if (edits.isEmpty() && routed.model().continuesSessions()) {
                    edits.addAll(edits(items.getLast(), routed.model(), run));
                }
            }
        }
        items.addAll(edits);
        return items;
    }

    /** Each edits the image of the one before. */
    private static List<Item> edits(Item first, ModelCard model, String run) {
        List<Item> edits = new ArrayList<>();
        Item parent = first;
        for (Background step : EDITS) {
            RenderJob unbounded = edit(parent, step, run, Long.MAX_VALUE);
            RenderJob job = edit(parent, step, run, CALLS_MAX * model.worstUsdMicros(unbounded));
            parent = new Item(parent.product(), step, parent.locale(), job);
            edits.add(parent);
        }
        return edits;
    }

    private static RenderJob edit(Item parent, Background step, String run, long budgetUsdMicros) {
        RenderJob before = parent.job();
        return new RenderJob(
                TENANT,
                String.join("/", parent.product().sku(), step.id(), String.valueOf(before.model()), run),
                before.model(),
                null,
                new Prompt.Text(step.prompt()),
                List.of(),
                parent.jobId(),
                before.output(),
                null,
                null,
                null,
                RenderJob.PRIORITY_DEFAULT,
                null,
                null,
                new Budget(budgetUsdMicros),
                null,
                List.of(),
                null,
                before.batchId(),
                before.labels(),
                null,
                Map.of());
    }

    private RenderJob job(
            Product product,
            Background background,
            Locale locale,
            String bucket,
            String run,
            @Nullable String model,
            long budgetUsdMicros) {
        Map<String, String> variables = Map.of(
                "product", product.name(),
                "background", background.prompt(),
                "headline", locale.headline().getOrDefault(product.sku(), product.name()),
                "locale", locale.locale());
        return new RenderJob(
                TENANT,
                String.join("/", product.sku(), background.id(), locale.locale(), String.valueOf(model), run),
                model,
                null,
                new Prompt.Template(template, variables),
                List.of(new Reference(URI.create("s3://" + bucket + "/" + product.key()), ReferenceRole.PRODUCT, null)),
                null,
                new Output("1:1", OutputSize.K1, 1, null, null, null, List.of()),
                null,
                null,
                null,
                RenderJob.PRIORITY_DEFAULT,
                null,
                null,
                new Budget(budgetUsdMicros),
                null,
                List.of(),
                null,
                "demo-" + run,
                Map.of("sku", product.sku(), "background", background.id(), "locale", locale.locale()),
                null,
                Map.of());
    }

    private static byte[] resource(String name) {
        try (InputStream in = SampleCatalogue.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the fleet's jar lacks " + FOLDER + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
