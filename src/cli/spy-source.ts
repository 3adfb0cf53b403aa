// Snapshots of this process's own spy, for the full screen of the live command (`--view top`). Counterpart:
// top/api-source.ts, which asks another process; both show the JSON of the API.

import { BoundedTables } from '../api/bounded-table.ts';
import { channelJson } from '../api/channel-json.ts';
import { connectionJson } from '../api/connection-json.ts';
import { findingJson } from '../api/finding-json.ts';
import { latencyJson } from '../api/latency-json.ts';
import { topologyJson } from '../api/topology-json.ts';
import { nowMicros } from '../log/clock.ts';
import { formatTimestamp } from '../log/timestamp.ts';
import type { Session } from '../session/session.ts';
import type { TopSnapshot } from './top/snapshot.ts';
import type { TopSource } from './top/top-source.ts';

/** Channels in one snapshot; as many as the API tells of. */
const MOST_CHANNELS = 5000;

export class SpySource implements TopSource {
  readonly where: string;
  readonly #session: Session;

  /** `where` names the spy in the header. */
  constructor(session: Session, where: string) {
    this.#session = session;
    this.where = where;
  }

  async snapshot(): Promise<TopSnapshot> {
    const session = this.#session;
    const now = nowMicros();
    const tables = new BoundedTables();
    const channels = [...session.channels()].slice(-MOST_CHANNELS);
    return {
      time: formatTimestamp(now),
      ...topologyJson(session, now),
      connections: session.connections.list().map(connectionJson),
      channels: channels.map((channel) => channelJson(channel, tables, now)),
      latencies: session.latencies().map(latencyJson),
      findings: session.findings.list().map(findingJson),
      missed: session.missed,
    };
  }

  close(): void {}
}
