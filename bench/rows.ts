/** The rows of the table: how each value is called, and what is asked of Sluice. */
type Values = {
  own: number
  nginx: number | undefined
  /** Of every other gateway that was measured: on this lane, or else on chat. */
  peers: number[]
}

/** A bound on Sluice's own value; undefined where what it is compared with was not measured. */
type Aim = { text: string; reached(values: Values): boolean | undefined }

export type Row = {
  measure: string
  value: string
  label: string
  unit: string
  digits: number
  /** Shown as what is added to the value without a gateway. */
  added?: boolean
  /** The same on every lane. */
  once?: boolean
  /** Shown as a multiple of nginx too. */
  ratio?: boolean
  aims?: { relayed?: Aim[]; translated?: Aim[] }
}

const timesNginx = (factor: number, stretch: number): Aim[] =>
  [factor, stretch].map((times, index) => ({
    text: `${index ? 'stretch ' : ''}≤ ${times}× nginx`,
    reached: ({ own, nginx }) => (nginx === undefined ? undefined : own <= times * nginx),
  }))

const atMost = (unit: string, ...bounds: number[]): Aim[] =>
  bounds.map((bound, index) => ({
    text: `${index ? 'stretch ' : ''}≤ ${bound} ${unit}`,
    reached: ({ own }) => own <= bound,
  }))

const BELOW_EVERY_PEER: Aim = {
  text: 'below every peer',
  reached: ({ own, peers }) =>
    peers.length === 0 ? undefined : peers.every((value) => own < value),
}

const onEveryLane = (aims: Aim[]) => ({ relayed: aims, translated: aims })
const burstAims = { relayed: timesNginx(2, 1.5), translated: timesNginx(3.5, 2.5) }

export const rows: Row[] = [
  {
    measure: 'request-2kb',
    value: 'cpuUs',
    ratio: true,
    label: 'CPU per request, 2 KB',
    unit: 'µs',
    digits: 1,
    aims: { relayed: [...timesNginx(3.5, 2.5), BELOW_EVERY_PEER] },
  },
  {
    measure: 'request-100kb',
    value: 'cpuUs',
    ratio: true,
    label: 'CPU per request, 100 KB',
    unit: 'µs',
    digits: 0,
    aims: { relayed: timesNginx(3.5, 2.5), translated: atMost('µs', 800, 500) },
  },
  {
    measure: 'paced',
    value: 'cpuUs',
    ratio: true,
    label: 'CPU per token, 100 paced streams',
    unit: 'µs',
    digits: 1,
    aims: { relayed: timesNginx(2.3, 1.9), translated: timesNginx(2.6, 2.2) },
  },
  {
    measure: 'burst-block',
    value: 'cpuUs',
    ratio: true,
    label: 'CPU per token, burst in writes of 16 to 32 KB',
    unit: 'µs',
    digits: 2,
    aims: burstAims,
  },
  {
    measure: 'burst-frame',
    value: 'cpuUs',
    ratio: true,
    label: 'CPU per token, burst frame by frame',
    unit: 'µs',
    digits: 2,
    aims: burstAims,
  },
  {
    measure: 'latency',
    value: 'p50Ms',
    label: 'Added latency, p50',
    unit: 'ms',
    digits: 2,
    added: true,
  },
  {
    measure: 'latency',
    value: 'p99Ms',
    label: 'Added latency, p99',
    unit: 'ms',
    digits: 2,
    added: true,
  },
  {
    measure: 'paced',
    value: 'jitterP50Ms',
    label: 'Inter-token jitter, p50',
    unit: 'ms',
    digits: 2,
  },
  {
    measure: 'paced',
    value: 'jitterP99Ms',
    label: 'Inter-token jitter, p99',
    unit: 'ms',
    digits: 2,
  },
  {
    measure: 'memory',
    value: 'idleMb',
    ratio: true,
    label: 'Memory, idle',
    unit: 'MB',
    digits: 0,
  },
  {
    measure: 'memory',
    value: 'openMb',
    ratio: true,
    label: 'Memory, 1,000 slow streams',
    unit: 'MB',
    digits: 0,
  },
  {
    measure: 'memory',
    value: 'perStreamKb',
    ratio: true,
    label: 'Memory per open stream',
    unit: 'KB',
    digits: 0,
    aims: onEveryLane(atMost('KB', 170, 120)),
  },
  {
    measure: 'stalled',
    value: 'aboveIdleMb',
    label: 'Memory above idle, 500 stalled readers',
    unit: 'MB',
    digits: 0,
    aims: onEveryLane(atMost('MB', 64)),
  },
  {
    measure: 'sockets',
    value: 'cpuUs',
    label: 'CPU per token, 1,000 slow streams',
    unit: 'µs',
    digits: 1,
  },
  {
    measure: 'sockets',
    value: 'perStreamKb',
    label: 'Memory per stream, at two tokens a second',
    unit: 'KB',
    digits: 0,
  },
  {
    measure: 'sockets',
    value: 'whole',
    label: 'Ended whole',
    unit: 'of 1,000',
    digits: 0,
  },
  {
    measure: 'start',
    value: 'startMs',
    once: true,
    label: 'Start to first answer',
    unit: 'ms',
    digits: 0,
    aims: onEveryLane(atMost('ms', 150)),
  },
  {
    measure: 'cancel',
    value: 'p50Ms',
    label: 'Client leaves to upstream closed, p50',
    unit: 'ms',
    digits: 1,
  },
  {
    measure: 'cancel',
    value: 'p99Ms',
    label: 'Client leaves to upstream closed, p99',
    unit: 'ms',
    digits: 1,
    aims: onEveryLane(atMost('ms', 100)),
  },
]
