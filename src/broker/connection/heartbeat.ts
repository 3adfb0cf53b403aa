// Heartbeats (AMQP 0-9-1 §4.2.7) as RabbitMQ keeps them: whoever sent nothing for half an interval sends one; a client
// that was not heard for two whole intervals is gone.

import type { BrokerClock, Timer } from '../clock.ts';

export interface HeartbeatTraffic {
  /** Bytes so far, from and to the client. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** It is not read from: that nothing is heard means nothing. */
  readonly unheard: boolean;
  sendHeartbeat(): void;
  /** Nothing was heard for two intervals. */
  heartbeatMissed(): void;
}

export class Heartbeat {
  readonly #clock: BrokerClock;
  readonly #traffic: HeartbeatTraffic;
  readonly #intervalMs: number;
  #sendTimer: Timer | undefined;
  #hearTimer: Timer | undefined;
  #sent = -1;
  #received = -1;
  /** Intervals in a row in which nothing was heard. */
  #silent = 0;

  /** Starts at once; `interval` in seconds, above 0. */
  constructor(clock: BrokerClock, traffic: HeartbeatTraffic, interval: number) {
    this.#clock = clock;
    this.#traffic = traffic;
    this.#intervalMs = interval * 1000;
    this.#awaitSend();
    this.#awaitHear();
  }

  stop(): void {
    this.#sendTimer?.cancel();
    this.#hearTimer?.cancel();
  }

  #awaitSend(): void {
    this.#sendTimer = this.#clock.after(this.#intervalMs / 2, () => {
      // The first is sent in any case, as RabbitMQ does.
      if (this.#sent < 0 || this.#traffic.bytesSent === this.#sent) this.#traffic.sendHeartbeat();
      this.#sent = this.#traffic.bytesSent;
      this.#awaitSend();
    });
  }

  #awaitHear(): void {
    this.#hearTimer = this.#clock.after(this.#intervalMs, () => {
      const silent = this.#traffic.bytesReceived === this.#received && !this.#traffic.unheard;
      this.#silent = silent ? this.#silent + 1 : 0;
      this.#received = this.#traffic.bytesReceived;
      if (this.#silent >= 2) this.#traffic.heartbeatMissed();
      else this.#awaitHear();
    });
  }
}
