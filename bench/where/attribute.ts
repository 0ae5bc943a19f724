/** Says of a profile, of CPU time or of the heap, how much of it each step spent: what is native counts for the function beneath it. */
import { toNodeRow } from './node-rows.ts'
import type { CallFrame, Found } from './source-places.ts'
import { stepOf } from './steps.ts'

type ProfileNode = { id: number; callFrame: CallFrame; children?: number[] }

/** As the inspector's profiler gives it. */
export type Profile = { nodes: ProfileNode[]; samples: number[]; timeDeltas: number[] }

/** As its heap profiler does: what was allocated, by who did, each with whom it called. */
export type HeapNode = { id: number; callFrame: CallFrame; selfSize: number; children: HeapNode[] }

/** What was spent at each node: microseconds, or bytes. */
type Weighed = { nodes: ProfileNode[]; weights: ReadonlyMap<number, number> }

type Spending = { step: string; room: string }
type FunctionSpending = {
  step: string
  name: string
  shown: string
  spent: number
  /** Of it, what Node itself spent, by the function that did. */
  natives: Map<string, number>
}

export type Attribution = {
  /** By step and room. */
  steps: Map<string, Spending & { spent: number }>
  functions: FunctionSpending[]
  /** All but idle time. */
  spent: number
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

type Owner = Spending & { name: string; shown: string; native?: string }

/** A busy machine takes the core away for longer: that is nobody's time. */
const MOST_INTERVALS = 1.5

const toUnspent = (step: string, name: string, shown: string): FunctionSpending => ({
  step,
  name,
  shown,
  spent: 0,
  natives: new Map(),
})

/** A sample stands for the time until the next one. */
export const weighTime = ({ nodes, samples, timeDeltas }: Profile): Weighed => {
  const mostUs = MOST_INTERVALS * medianOf(timeDeltas)
  const weights = new Map<number, number>()
  for (const [index, id] of samples.entries())
    weights.set(id, (weights.get(id) ?? 0) + Math.min(timeDeltas[index + 1] ?? 0, mostUs))
  return { nodes, weights }
}

export const weighBytes = (head: HeapNode): Weighed => {
  const nodes: HeapNode[] = [head]
  for (const node of nodes) nodes.push(...node.children)
  return {
    nodes: nodes.map(({ id, callFrame, children }) => ({
      id,
      callFrame,
      children: children.map((child) => child.id),
    })),
    weights: new Map(nodes.map(({ id, selfSize }) => [id, selfSize])),
  }
}

export const attribute = (
  { nodes, weights }: Weighed,
  placeOf: (frame: CallFrame) => Found | undefined,
): Attribution => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  )
  const owners = new Map<number, Owner | undefined>()

  /** From the innermost out. */
  const stackOf = (id: number): CallFrame[] => {
    const stack: CallFrame[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at))
      stack.push(byId.get(at)!.callFrame)
    return stack
  }

  const findOwner = (id: number): Owner | undefined => {
    const stack = stackOf(id)
    if (stack[0]?.functionName === '(idle)') return undefined
    const places = stack.map(placeOf)
    // What has no name of its own is shown as what it is in.
    const native = places[0]
      ? undefined
      : stack.find(({ functionName }) => functionName)?.functionName
    let first: Found | undefined
    for (const place of places) {
      if (!place) continue
      const step = stepOf(place)
      first ??= place
      if (step === 'helper') continue
      const { name, shown } = first
      return {
        step: step ?? 'other',
        room: place.room || 'app',
        name,
        shown,
        ...(native && { native }),
      }
    }
    if (first) return { step: 'other', ...first, ...(native && { native }) }
    return { ...toNodeRow(stack), room: 'node' }
  }

  const ownerOf = (id: number) => {
    if (!owners.has(id)) owners.set(id, findOwner(id))
    return owners.get(id)
  }

  const steps: Attribution['steps'] = new Map()
  const functions = new Map<string, FunctionSpending>()
  let total = 0
  for (const [id, weight] of weights) {
    const owner = weight > 0 ? ownerOf(id) : undefined
    if (!owner) continue
    const { step, room, name, shown, native } = owner
    total += weight
    const key = `${step}|${room}`
    const spending = steps.get(key) ?? { step, room, spent: 0 }
    steps.set(key, { ...spending, spent: spending.spent + weight })
    const known = functions.get(`${name} ${shown}`) ?? toUnspent(step, name, shown)
    known.spent += weight
    if (native) known.natives.set(native, (known.natives.get(native) ?? 0) + weight)
    functions.set(`${name} ${shown}`, known)
  }
  return {
    steps,
    functions: [...functions.values()].toSorted((a, b) => b.spent - a.spent),
    spent: total,
  }
}
