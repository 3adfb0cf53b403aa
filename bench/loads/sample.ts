// What one run of a load gives, and the time that every load runs before its clock starts.

/** Numbers by metric name: `rate` per second, `median` and `p99` in microseconds, `count` of messages or round trips. */
export type Sample = Readonly<Record<string, number>>;

/** In seconds: connections are open, code is warm, the queue has its length. */
export const WARM_UP_SECONDS = 0.2;
