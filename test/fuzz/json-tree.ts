/** JSON as a tree that can also hold what no parser would return: repeated keys, any text as a value. */

export type JsonNode =
  /** Written as it is. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'list'; readonly items: JsonNode[] }
  | { readonly kind: 'object'; readonly members: JsonMember[] }

interface JsonMember {
  readonly key: string
  value: JsonNode
}

/** A place that holds a value. */
export interface Slot {
  /** The key, where the place is a member. */
  readonly key: string | undefined
  get(): JsonNode
  set(node: JsonNode): void
  remove(): void
  /** The same once more, after it. */
  repeat(times: number, node: JsonNode): void
}

export const literal = (text: string): JsonNode => ({ kind: 'literal', text })

export const toNode = (value: unknown): JsonNode => {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(toNode) }
  if (typeof value === 'object' && value !== null)
    return {
      kind: 'object',
      members: Object.entries(value).map(([key, inner]) => ({ key, value: toNode(inner) })),
    }
  return literal(JSON.stringify(value))
}

export const toText = (node: JsonNode): string => {
  if (node.kind === 'literal') return node.text
  if (node.kind === 'list') return `[${node.items.map(toText).join(',')}]`
  const members = node.members.map(({ key, value }) => `${JSON.stringify(key)}:${toText(value)}`)
  return `{${members.join(',')}}`
}

export const slotsOf = (root: JsonNode): Slot[] => {
  const slots: Slot[] = []
  const visit = (node: JsonNode): void => {
    if (node.kind === 'list')
      for (const [index, item] of node.items.entries()) {
        slots.push({
          key: undefined,
          get: () => node.items[index] ?? item,
          set: (value) => void (node.items[index] = value),
          remove: () => void node.items.splice(index, 1),
          repeat: (times, value) =>
            void node.items.splice(index, 0, ...Array.from({ length: times }, () => value)),
        })
        visit(item)
      }
    if (node.kind === 'object')
      for (const [index, member] of node.members.entries()) {
        slots.push({
          key: member.key,
          get: () => member.value,
          set: (value) => void (member.value = value),
          remove: () => void node.members.splice(index, 1),
          repeat: (times, value) =>
            void node.members.splice(
              index + 1,
              0,
              ...Array.from({ length: times }, () => ({ key: member.key, value })),
            ),
        })
        visit(member.value)
      }
  }
  visit(root)
  return slots
}
