// Counts of what happened to messages at one place: a queue, a channel, the whole broker. Plain numbers, only growing.

export class MessageStats {
  /** Came in from publishers. */
  published = 0;
  confirmed = 0;
  /** Returned as unroutable. */
  returned = 0;
  /** Unroutable and not mandatory. */
  dropped = 0;
  /** Delivered to consumers that acknowledge, and to those that do not. */
  delivered = 0;
  deliveredNoAck = 0;
  /** Given to basic.get, with and without acknowledgement. */
  got = 0;
  gotNoAck = 0;
  gotEmpty = 0;
  redelivered = 0;
  acked = 0;

  add(other: MessageStats): void {
    this.published += other.published;
    this.confirmed += other.confirmed;
    this.returned += other.returned;
    this.dropped += other.dropped;
    this.delivered += other.delivered;
    this.deliveredNoAck += other.deliveredNoAck;
    this.got += other.got;
    this.gotNoAck += other.gotNoAck;
    this.gotEmpty += other.gotEmpty;
    this.redelivered += other.redelivered;
    this.acked += other.acked;
  }
}
