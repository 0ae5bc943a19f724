/** Loaded into Sluice before anything else: reports its heap and how long its event loop stood still. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Pulse {
  readonly heapMb: number
  readonly outsideMb: number
  /** The longest stop since the last pulse. */
  readonly stopMs: number
}

const EVERY_MS = 100
const MB = 1024 * 1024

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const timer = setInterval(() => {
  const { heapUsed, external } = process.memoryUsage()
  const pulse: Pulse = {
    heapMb: heapUsed / MB,
    outsideMb: external / MB,
    stopMs: delay.max / 1e6,
  }
  delay.reset()
  if (process.connected) process.send?.(pulse)
}, EVERY_MS)
timer.unref()
process.channel?.unref()
