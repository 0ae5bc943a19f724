/** Loaded into Sluice before anything else: reports what is left after a collection, and plants leaks for the self-test. */
import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { getHeapSpaceStatistics, queryObjects } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import { LEAK_VARIABLE } from './leaks.ts'

export interface Inside {
  readonly heapBytes: number
  /** Outside of the heap, but held by objects in it. */
  readonly outsideBytes: number
  /** Sockets, streams, requests, signals: whatever others listen to. */
  readonly emitters: number
  readonly timers: number
  /** Connections of clients and to upstreams. */
  readonly connections: number
  /** All else that keeps the process busy. */
  readonly handles: number
}

/** What is only held by weak references needs more than one. */
const COLLECTIONS = 3

const collect = async (): Promise<void> => {
  for (let times = 0; times < COLLECTIONS; times++) {
    globalThis.gc?.()
    await turn()
  }
}

/** What is compiled again and again, and never grows for long. */
const CODE = /^(?:code|trusted)_|^read_only_/

const count = (names: readonly string[], name: string): number =>
  names.filter((each) => each === name).length

const look = async (): Promise<Inside> => {
  await collect()
  const emitters =
    queryObjects(EventEmitter, { format: 'count' }) + queryObjects(EventTarget, { format: 'count' })
  globalThis.gc?.()
  const { external } = process.memoryUsage()
  const names = process.getActiveResourcesInfo()
  const timers = count(names, 'Timeout')
  const connections = count(names, 'TCPSocketWrap')
  return {
    heapBytes: getHeapSpaceStatistics()
      .filter(({ space_name: name }) => !CODE.test(name))
      .reduce((sum, { space_used_size: size }) => sum + size, 0),
    outsideBytes: external,
    emitters,
    timers,
    connections,
    handles: names.length - timers - connections,
  }
}

const kept: unknown[] = []

/** What an array takes besides its numbers, with its place in the list. */
const ARRAY_BYTES = 56

/** Each leaks with every so many requests. */
const toLeaks = (bytes: number): readonly (readonly [every: number, leak: () => unknown])[] => [
  [1, () => Array.from({ length: Math.max(0, (bytes - ARRAY_BYTES) / 8) }, () => 1)],
  [10, () => Buffer.alloc(10 * bytes)],
  [1_000, () => openSync('/dev/null', 'r')],
  [1_000, () => connect(Number(process.env.PORT)).on('error', () => undefined)],
  [1_000, () => setTimeout(() => undefined, 1e8)],
  [500, () => new EventEmitter()],
]

const plant = (bytes: number): void => {
  let requests = 0
  subscribe('http.server.request.start', () => {
    requests++
    for (const [every, leak] of toLeaks(bytes)) if (requests % every === 0) kept.push(leak())
  })
}

if (isMainThread) {
  process.on('message', () => void look().then((inside) => process.send?.(inside)))
  process.channel?.unref()
  const bytes = Number(process.env[LEAK_VARIABLE] ?? 0)
  if (bytes > 0) plant(bytes)
}
