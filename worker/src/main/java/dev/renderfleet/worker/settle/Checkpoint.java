package dev.renderfleet.worker.settle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;

/**
 * The committed state of a partition: all records before {@code end} are settled except those in {@code open}. The committed offset is
 * the first open record, or {@code end}; the records beyond it are encoded in the offset's metadata, at most
 * {@link #METADATA_CHARS_MAX} characters.
 *
 * <p>Format: empty if no record beyond the offset is settled. Otherwise {@code rf2.} and, in URL-safe base64 without padding, one byte
 * for the kind, then the records from the offset on. Kind 0: lengths of alternating open and settled runs, as LEB128. Kind 1: one bit
 * for each record, the lowest first, set if it is open. The shorter one is written; its last record is a settled one. The last four
 * bytes are the CRC-32C of the offset (eight bytes) and of the preceding bytes, the highest byte first.
 *
 * @param open ascending, each before {@code end}
 * @param end the offset after the last record that is settled, or the offset itself if none beyond it is
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by its elements, and never changed.
record Checkpoint(long[] open, long end) {

    /** Kafka's default for {@code offset.metadata.max.bytes}; a commit with more is refused. */
    static final int METADATA_CHARS_MAX = 4_096;

    /** A bit each: 3,005 bytes with kind and checksum, 4,011 characters with the version. */
    static final int SPAN_RECORDS_MAX = 24_000;

    /** At most a byte for each open run and five for each settled one: 3,010 bytes, 4,018 characters. */
    static final int OPEN_RECORDS_MAX = 500;

    private static final String VERSION = "rf2.";
    private static final byte RUNS = 0;
    private static final byte BITS = 1;
    private static final int VARINT_BYTES_MAX = 5;
    private static final int CHECKSUM_BYTES = Integer.BYTES;

    @Override
    public boolean equals(Object other) {
        return other instanceof Checkpoint(var otherOpen, var otherEnd)
                && Arrays.equals(open, otherOpen)
                && end == otherEnd;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(open) + Long.hashCode(end);
    }

    @Override
    public String toString() {
        return "Checkpoint[open=" + Arrays.toString(open) + ", end=" + end + "]";
    }

    /** The offset to commit. */
    long offset() {
        return open.length == 0 ? end : open[0];
    }

    /** Whether a set of that size fits into the metadata, however its records are spread. */
    static boolean fits(long spanRecords, int openRecords) {
        return spanRecords <= SPAN_RECORDS_MAX || openRecords <= OPEN_RECORDS_MAX;
    }

    /** The metadata to commit with the offset. */
    String metadata() {
        if (offset() == end) {
            return "";
        }
        byte[] runs = runs();
        long span = end - offset();
        byte[] shorter = span / Byte.SIZE + 2 < runs.length ? bits((int) span) : runs;
        byte[] sealed = ByteBuffer.allocate(shorter.length + CHECKSUM_BYTES)
                .put(shorter)
                .putInt(checksum(offset(), shorter))
                .array();
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /**
     * Decodes a committed offset and its metadata.
     *
     * @throws ForeignMetadataException if the metadata has another format: after a guess, outcomes would be published twice
     */
    static Checkpoint read(long offset, String metadata) throws ForeignMetadataException {
        if (metadata.isEmpty()) {
            return new Checkpoint(new long[0], offset);
        }
        if (!metadata.startsWith(VERSION) || metadata.length() > METADATA_CHARS_MAX) {
            throw new ForeignMetadataException(metadata, "does not begin with " + VERSION);
        }
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(metadata.substring(VERSION.length()));
        } catch (IllegalArgumentException e) {
            throw new ForeignMetadataException(metadata, "is not base64");
        }
        if (sealed.length <= CHECKSUM_BYTES) {
            throw new ForeignMetadataException(metadata, "is cut off");
        }
        byte[] content = Arrays.copyOf(sealed, sealed.length - CHECKSUM_BYTES);
        if (ByteBuffer.wrap(sealed).getInt(content.length) != checksum(offset, content)) {
            throw new ForeignMetadataException(metadata, "is damaged, or does not belong to offset " + offset);
        }
        Checkpoint read = switch (content[0]) {
            case RUNS -> fromRuns(offset, content, metadata);
            case BITS -> fromBits(offset, content);
            default -> throw new ForeignMetadataException(metadata, "is of an unknown kind");
        };
        // Each state has one encoding: any other is damaged.
        if (read.offset() != offset || !read.metadata().equals(metadata)) {
            throw new ForeignMetadataException(metadata, "does not belong to offset " + offset);
        }
        return read;
    }

    private static int checksum(long offset, byte[] content) {
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(offset).flip());
        crc.update(content);
        return (int) crc.getValue();
    }

    private byte[] runs() {
        var out = new ByteArrayOutputStream();
        out.write(RUNS);
        long runStart = offset();
        long runEnd = runStart;
        for (long record : open) {
            if (record != runEnd) {
                varint(out, runEnd - runStart);
                varint(out, record - runEnd);
                runStart = record;
            }
            runEnd = record + 1;
        }
        varint(out, runEnd - runStart);
        varint(out, end - runEnd);
        return out.toByteArray();
    }

    private byte[] bits(int span) {
        var set = new BitSet(span);
        for (long record : open) {
            set.set((int) (record - offset()));
        }
        byte[] bytes = new byte[1 + (span + Byte.SIZE - 1) / Byte.SIZE];
        bytes[0] = BITS;
        byte[] content = set.toByteArray();
        System.arraycopy(content, 0, bytes, 1, content.length);
        // The set bits do not say where the settled tail ends: the spare bits of the last byte do, by being set.
        for (int spare = span; spare < (bytes.length - 1) * Byte.SIZE; spare++) {
            bytes[1 + spare / Byte.SIZE] |= (byte) (1 << (spare % Byte.SIZE));
        }
        return bytes;
    }

    private static Checkpoint fromBits(long offset, byte[] content) {
        BitSet set = BitSet.valueOf(Arrays.copyOfRange(content, 1, content.length));
        int lastSettled = set.previousClearBit((content.length - 1) * Byte.SIZE - 1);
        long[] open = set.stream()
                .takeWhile(bit -> bit < lastSettled)
                .mapToLong(bit -> offset + bit)
                .toArray();
        return new Checkpoint(open, offset + lastSettled + 1);
    }

    private static Checkpoint fromRuns(long offset, byte[] content, String metadata) throws ForeignMetadataException {
        var open = LongStream.builder();
        int count = 0;
        long at = offset;
        boolean isOpen = true;
        for (int i = 1; i < content.length; ) {
            long length = 0;
            int bytes = 0;
            byte part;
            do {
                if (i == content.length || bytes == VARINT_BYTES_MAX) {
                    throw new ForeignMetadataException(metadata, "is cut off");
                }
                part = content[i++];
                length |= (long) (part & 0x7f) << (7 * bytes++);
            } while (part < 0);
            if (isOpen && count + length > SPAN_RECORDS_MAX) {
                throw new ForeignMetadataException(metadata, "names more records than it can");
            }
            for (long record = at; isOpen && record < at + length; record++) {
                open.add(record);
                count++;
            }
            at += length;
            isOpen = !isOpen;
        }
        return new Checkpoint(open.build().toArray(), at);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
