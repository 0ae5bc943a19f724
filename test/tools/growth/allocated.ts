/** How many bytes a piece of work allocates, whether or not they are collected on the way. */
import { GCProfiler, getHeapStatistics } from 'node:v8'

interface Held {
  readonly heap: number
  readonly outside: number
}

interface Heap {
  readonly usedHeapSize: number
  readonly externalMemory: number
}

const held = (): Held => {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics()
  return { heap, outside }
}

const toHeld = ({ usedHeapSize: heap, externalMemory: outside }: Heap): Held => ({ heap, outside })

/** Between two collections memory only grows: what it grows by, added up, is what was allocated. */
const startCounting = (): (() => number) => {
  const profiler = new GCProfiler()
  let before = held()
  profiler.start()
  return () => {
    const after = held()
    let bytes = 0
    const add = (now: Held): void => {
      bytes += Math.max(0, now.heap - before.heap) + Math.max(0, now.outside - before.outside)
    }
    for (const { beforeGC, afterGC } of profiler.stop().statistics) {
      add(toHeld(beforeGC.heapStatistics))
      before = toHeld(afterGC.heapStatistics)
    }
    add(after)
    return bytes
  }
}

export { startCounting }
