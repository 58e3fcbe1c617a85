package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.job.ImageStore;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.ledger.BucketOwner;
import dev.renderfleet.worker.ledger.JobLog;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.ledger.Membership;
import dev.renderfleet.worker.ledger.PublishedOutcomes;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.storage.Backoff;
import dev.renderfleet.worker.storage.ConditionalPutProbe;
import dev.renderfleet.worker.storage.MinioObjectStore;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.S3Access;
import dev.renderfleet.worker.storage.S3Endpoint;
import dev.renderfleet.worker.storage.S3Timeouts;
import dev.renderfleet.worker.storage.StorageListener;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.UUID;

/** The parts that use the bucket and the spool folder. */
@Singleton
class StorageWiring {

    private final WorkerSettings config;
    private final WorkerProcess process;

    StorageWiring(WorkerSettings config, WorkerProcess process) {
        this.config = config;
        this.process = process;
    }

    @Produces
    @Singleton
    MinioObjectStore bucket(StorageListener listener) {
        return new MinioObjectStore(
                access(config.s3(), config.s3().endpoint()),
                S3Timeouts.DEFAULT,
                new Backoff(WorkerProcess::sleep, process.random()::nextDouble),
                listener);
    }

    /** Access to the bucket by one of its addresses. */
    static S3Access access(WorkerSettings.S3 s3, URI address) {
        var endpoint = new S3Endpoint(
                address, s3.region(), s3.addressing().orElse(null), s3.caFile().orElse(null));
        return new S3Access(endpoint, s3.bucket(), s3.accessKey(), s3.secretKey());
    }

    void close(@Disposes MinioObjectStore bucket) {
        bucket.close();
    }

    @Produces
    @Singleton
    Spool spool() {
        return Spool.open(config.worker().spool());
    }

    @Produces
    @Singleton
    Ledger ledger(ObjectStore store, Membership membership, JobLog log, PublishedOutcomes published) {
        return new Ledger(store, new LedgerCodec(), process.owner(), membership, log, published);
    }

    @Produces
    @Singleton
    ImageStore images(ObjectStore store) {
        return new ImageStore(store);
    }

    @Produces
    @Singleton
    PaidPictures paidPictures(Spool spool, ImageStore images, Ledger ledger) {
        return new PaidPictures(spool, images, ledger);
    }

    @Produces
    @Singleton
    BucketOwner bucketOwner(ObjectStore store) {
        return new BucketOwner(store);
    }

    @Produces
    @Singleton
    ConditionalPutProbe conditionalPutProbe(ObjectStore store) {
        return new ConditionalPutProbe(store, () -> UUID.randomUUID().toString());
    }
}
