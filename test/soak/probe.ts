/** Loaded into Sluice before anything else: reports what is left after a collection, and plants leaks for the self-test. */
import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import { PLANTED, type LeakName } from './leaks.ts'

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

const count = (names: readonly string[], name: string): number =>
  names.filter((each) => each === name).length

const look = async (): Promise<Inside> => {
  await collect()
  const emitters =
    queryObjects(EventEmitter, { format: 'count' }) + queryObjects(EventTarget, { format: 'count' })
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const names = process.getActiveResourcesInfo()
  const timers = count(names, 'Timeout')
  const connections = count(names, 'TCPSocketWrap')
  return {
    heapBytes: heapUsed,
    outsideBytes: external,
    emitters,
    timers,
    connections,
    handles: names.length - timers - connections,
  }
}

const kept: unknown[] = []

/** Each is called with every request. */
const LEAKS: Readonly<Record<LeakName, { every: number; leak(): void }>> = {
  // 100 bytes, with its place in the list.
  heap: { every: 1, leak: () => kept.push(Array.from({ length: 5 }, () => 1)) },
  outside: { every: 10, leak: () => kept.push(Buffer.alloc(1_000)) },
  descriptors: { every: 1_000, leak: () => kept.push(openSync('/dev/null', 'r')) },
  connections: {
    every: 1_000,
    leak: () => kept.push(connect(Number(process.env.PORT)).on('error', () => undefined)),
  },
  timers: { every: 1_000, leak: () => kept.push(setTimeout(() => undefined, 1e8)) },
  emitters: { every: 500, leak: () => kept.push(new EventEmitter()) },
}

const plant = (name: LeakName): void => {
  const { every, leak } = LEAKS[name]
  let requests = 0
  subscribe('http.server.request.start', () => {
    requests++
    if (requests % every === 0) leak()
  })
}

if (isMainThread) {
  process.on('message', () => void look().then((inside) => process.send?.(inside)))
  process.channel?.unref()
  for (const name of PLANTED) plant(name)
}
