package dev.renderfleet.worker.ledger;

/** Whether the owners of claims are members of the consumer group. Safe for use by many threads. */
@FunctionalInterface
public interface Membership {

    /** Knows no member; claims are valid for their lease. */
    Membership UNKNOWN = _ -> MemberStatus.UNKNOWN;

    /** The owner's status, not older than this call. Never throws. */
    MemberStatus status(String owner);

    /** Status of an owner. */
    enum MemberStatus {
        /** A member; its claims are valid beyond their lease. */
        ACTIVE,
        /** Not a member: it ended, or its session expired and its partitions were reassigned. */
        EXPIRED,
        /** Not known at present. */
        UNKNOWN
    }
}
