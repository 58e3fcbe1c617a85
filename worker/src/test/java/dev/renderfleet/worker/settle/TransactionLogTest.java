package dev.renderfleet.worker.settle;

import static dev.renderfleet.worker.settle.TransactionLog.Entry.ONGOING;
import static dev.renderfleet.worker.settle.TransactionLog.Entry.PREPARE_ABORT;
import static dev.renderfleet.worker.settle.TransactionLog.Entry.PREPARE_COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.settle.Decisions.Decision;
import dev.renderfleet.worker.settle.TransactionLog.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class TransactionLogTest {

    private static final byte EMPTY = 0;
    private static final byte COMPLETE_COMMIT = 4;
    private static final byte COMPLETE_ABORT = 5;

    private final List<Entry> log = new ArrayList<>();

    @Test
    void anAbortIsTold() {
        written(7, ONGOING).written(7, ONGOING).written(8, PREPARE_ABORT).written(8, COMPLETE_ABORT);

        assertThat(decided(7)).isEqualTo(Decision.ABORTED);
    }

    /** Its coordinator calls it Empty, once another producer has come with the same transactional id. */
    @Test
    void aCommitIsOneWhateverCameLater() {
        written(7, ONGOING).written(8, PREPARE_COMMIT).written(8, COMPLETE_COMMIT);
        written(9, EMPTY).written(9, ONGOING).written(10, PREPARE_ABORT).written(10, COMPLETE_ABORT);

        assertThat(decided(7)).isEqualTo(Decision.COMMITTED);
        assertThat(decided(9)).isEqualTo(Decision.ABORTED);
    }

    @Test
    void whatCameBeforeIsAnothersEnd() {
        written(6, ONGOING).written(7, PREPARE_ABORT).written(7, COMPLETE_ABORT);
        written(7, ONGOING).written(8, PREPARE_COMMIT);

        assertThat(decided(7)).isEqualTo(Decision.COMMITTED);
    }

    /** Before KIP-890. */
    @Test
    void transactionsOfOneEpochTellIfAllEndedAlike() {
        written(7, ONGOING).written(7, PREPARE_ABORT).written(7, COMPLETE_ABORT);
        written(7, ONGOING).written(7, PREPARE_ABORT).written(7, COMPLETE_ABORT);

        assertThat(decided(7)).isEqualTo(Decision.ABORTED);

        written(7, ONGOING).written(7, PREPARE_COMMIT).written(7, COMPLETE_COMMIT);

        assertThat(decided(7)).isEqualTo(Decision.UNKNOWN);
    }

    /** Before KIP-890: the marker of a commit could end the next transaction, which has the same epoch and may be aborted. */
    @Test
    void aCommitOfAnEpochThatGoesOnIsNotMade() {
        written(7, ONGOING).written(7, PREPARE_COMMIT).written(7, COMPLETE_COMMIT);

        assertThat(decided(7)).isEqualTo(Decision.UNKNOWN);
    }

    /** Before KIP-890: the epoch grows where a transaction is ended for its producer, because of its time-out or a successor. */
    @Test
    void whatEndsForItsProducerIsNotTakenForTheCommitsBefore() {
        written(7, ONGOING).written(7, PREPARE_COMMIT).written(7, COMPLETE_COMMIT);
        written(7, ONGOING).written(8, PREPARE_ABORT).written(8, COMPLETE_ABORT);

        assertThat(decided(7)).isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void anotherThatStillRunsWithTheSameEpochMayBeTheOne() {
        written(7, ONGOING).written(7, PREPARE_ABORT).written(7, COMPLETE_ABORT).written(7, ONGOING);

        assertThat(decided(7)).isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void whatTheLogDoesNotSayIsNotKnown() {
        assertThat(decided(7)).isEqualTo(Decision.UNKNOWN);

        written(7, ONGOING);
        assertThat(decided(7)).as("still open").isEqualTo(Decision.UNKNOWN);

        log.clear();
        written(8, PREPARE_ABORT);
        assertThat(decided(7)).as("its begin is cut off").isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void anEntryIsReadUpToItsStatus() {
        var value = ByteBuffer.allocate(17)
                .putShort((short) 1)
                .putLong(4_000_000_000L)
                .putShort((short) 7)
                .putInt(5_000)
                .put(PREPARE_ABORT);

        assertThat(Entry.read(value.array())).isEqualTo(new Entry(4_000_000_000L, 7, PREPARE_ABORT));
    }

    @Test
    void anEntryOfANewerVersionIsNotGuessedAt() {
        var value = ByteBuffer.allocate(17).putShort((short) 2);

        assertThatThrownBy(() -> Entry.read(value.array()))
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("newer version: 2");
    }

    private TransactionLogTest written(int epoch, byte status) {
        log.add(new Entry(4_711, epoch, status));
        return this;
    }

    private Decision decided(int epoch) {
        return TransactionLog.decision(log, epoch);
    }
}
