/** Changes a body where it means something: wrong types, hostile values, keys that should not be there. */
import { FIELDS, HOSTILE_KEYS, HOSTILE_VALUES, WORDS } from './hostile-values.ts'
import { type JsonNode, literal, type Slot, slotsOf, toNode, toText } from './json-tree.ts'
import type { Random } from './random.ts'

export interface JsonMutant {
  readonly text: string
  /** What was done, in words. */
  readonly steps: readonly string[]
}

interface Ground {
  readonly root: JsonNode
  readonly slots: readonly Slot[]
  readonly random: Random
  /** Another body, to take parts from. */
  readonly other: JsonNode
}

type Mutation = (slot: Slot, ground: Ground) => void

const quote = (text: string): JsonNode => literal(JSON.stringify(text))

const hostile = ({ random }: Ground): JsonNode => literal(random.pick(HOSTILE_VALUES))

/** A tree must remain a tree, in which no node is in two places. */
const copy = (node: JsonNode): JsonNode => {
  if (node.kind === 'literal') return node
  if (node.kind === 'list') return { kind: 'list', items: node.items.map(copy) }
  const members = node.members.map(({ key, value }) => ({ key, value: copy(value) }))
  return { kind: 'object', members }
}

const readString = (node: JsonNode): string | undefined => {
  if (node.kind !== 'literal' || !node.text.startsWith('"')) return undefined
  try {
    return JSON.parse(node.text) as string
  } catch {
    return undefined
  }
}

const changeString = (text: string, random: Random): JsonNode => {
  const at = random.below(text.length + 1)
  const changes: readonly (() => JsonNode)[] = [
    () => quote(text.slice(0, at)),
    () => quote(text + text),
    () => quote(text.toUpperCase()),
    () => quote(` ${text}\n`),
    () => quote(`${text.slice(0, at)}\n\ndata: ${text.slice(at)}`),
    () => literal(`${JSON.stringify(text.slice(0, at)).slice(0, -1)}\\udfff"`),
    () => literal(`"${[...text].map(toEscape).join('')}"`),
    () => quote(text.repeat(2 + random.below(200)).slice(0, 50_000)),
  ]
  return random.pick(changes)()
}

const toEscape = (character: string): string =>
  character.length > 1 ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  remove: (slot) => slot.remove(),
  'set a hostile value': (slot, ground) => slot.set(hostile(ground)),
  'set a word': (slot, { random }) => slot.set(quote(random.pick(WORDS))),
  'change the string': (slot, ground) => {
    const text = readString(slot.get())
    slot.set(text === undefined ? hostile(ground) : changeString(text, ground.random))
  },
  'wrap in a list': (slot) => slot.set({ kind: 'list', items: [slot.get()] }),
  'wrap in an object': (slot, { random }) =>
    slot.set({ kind: 'object', members: [{ key: random.pick(FIELDS), value: slot.get() }] }),
  unwrap: (slot, ground) => {
    const node = slot.get()
    const inner = node.kind === 'list' ? node.items[0] : undefined
    slot.set(inner ?? hostile(ground))
  },
  'write as a string': (slot) => slot.set(quote(toText(slot.get()))),
  repeat: (slot, { random }) => {
    const many = toText(slot.get()).length < LONGEST_OF_MANY ? 40 : 1
    slot.repeat(random.pick([1, 1, 2, many]), slot.get())
  },
  'repeat with another value': (slot, ground) => slot.repeat(1, hostile(ground)),
  'take from elsewhere': (slot, { slots, random }) => slot.set(copy(random.pick(slots).get())),
  'take from another body': (slot, { other, random }) =>
    slot.set(random.pick(slotsOf(other)).get()),
  'add a member': (slot, ground) => {
    const { random } = ground
    const node = slot.get()
    const key = random.pick(random.chance(0.5) ? HOSTILE_KEYS : FIELDS)
    const value = random.chance(0.5) ? hostile(ground) : copy(random.pick(ground.slots).get())
    if (node.kind === 'object') node.members.splice(random.below(9), 0, { key, value })
    else slot.set({ kind: 'object', members: [{ key, value }] })
  },
  shuffle: (slot, { random }) => {
    const node = slot.get()
    const inside: unknown[] = node.kind === 'list' ? node.items : []
    for (let at = inside.length - 1; at > 0; at--) {
      const other = random.below(at + 1)
      const kept = inside[at]
      inside[at] = inside[other]
      inside[other] = kept
    }
  },
}

const NAMES = Object.keys(MUTATIONS)

/** Fields of which no reader looks at the value alone: a mutant in them gets farther than in the others. */
const INNER = new Set([
  'text',
  'content',
  'arguments',
  'input',
  'output',
  'description',
  'properties',
  'parameters',
  'input_schema',
  'schema',
  'items',
  'url',
  'thinking',
  'definition',
  'max_tokens',
  'stop',
  'prompt',
  'parts',
  'args',
  'response',
])

const LONGEST = 400_000
const LONGEST_OF_MANY = 5_000

export const mutateJson = (
  body: Record<string, unknown>,
  other: Record<string, unknown>,
  random: Random,
): JsonMutant => {
  let root = toNode(body)
  const steps: string[] = []
  do {
    const slots = slotsOf(root)
    if (slots.length === 0) break
    const inner = slots.filter(({ key }) => key !== undefined && INNER.has(key))
    const slot = random.pick(inner.length > 0 && random.chance(0.5) ? inner : slots)
    const name = random.pick(NAMES)
    steps.push(`${name} at ${slot.key ?? 'an item'}`)
    MUTATIONS[name]?.(slot, { root, slots, random, other: toNode(other) })
    root = copy(root)
  } while (steps.length < 6 && random.chance(0.45) && toText(root).length < LONGEST)
  return { text: toText(root), steps }
}
