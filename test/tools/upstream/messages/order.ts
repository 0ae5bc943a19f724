/** Anthropic's rules for the order of a conversation: who begins, and the places of the results. */
import { anthropicRefusal } from './anthropic-errors.ts'
import type { AnthropicModel } from '../models.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

export interface Turn {
  role: string
  blocks: Body[]
  /** Where each block stood before consecutive turns of one role were merged. */
  places: string[]
}

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

export const blocksOf = ({ content }: Body): Body[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objects(content)

/** Consecutive turns of one role count as one. */
export const toTurns = (messages: Body[]): Turn[] => {
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const role = String(message.role)
    const blocks = blocksOf(message)
    const places = blocks.map((_, place) => `messages.${index}.content.${place}`)
    const last = turns.at(-1)
    if (last?.role === role) {
      last.blocks.push(...blocks)
      last.places.push(...places)
    } else turns.push({ role, blocks, places })
  }
  return turns
}

const checkResults = (turn: Turn, asked: string[]) => {
  const answered = new Set<string>()
  for (const [index, block] of turn.blocks.entries()) {
    if (block.type !== 'tool_result') continue
    const id = String(block.tool_use_id)
    if (!asked.includes(id))
      throw anthropicRefusal(
        `${turn.places[index]}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      )
    if (answered.has(id))
      throw anthropicRefusal(
        `${turn.places[index]}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      )
    answered.add(id)
  }
}

/** Only the results at the start of the turn count: one after a text is too late. */
const leadingResults = ({ blocks }: Turn) => {
  const end = blocks.findIndex(({ type }) => type !== 'tool_result')
  return new Set(
    blocks.slice(0, end < 0 ? blocks.length : end).map(({ tool_use_id: id }) => String(id)),
  )
}

const checkAnswered = (turn: Turn, next: Turn | undefined) => {
  const asked = turn.blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => String(id))
  const answered = next?.role === 'user' ? leadingResults(next) : new Set<string>()
  const open = asked.filter((id) => !answered.has(id))
  if (open.length > 0) {
    const [place = ''] = turn.places
    throw anthropicRefusal(
      `${place.split('.content')[0]}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    )
  }
}

const checkUniqueIds = (turns: Turn[]) => {
  const seen = new Set<string>()
  for (const { blocks, places } of turns)
    for (const [index, { type, id }] of blocks.entries()) {
      if (type !== 'tool_use') continue
      if (seen.has(String(id)))
        throw anthropicRefusal(`${places[index]}: \`tool_use\` ids must be unique`)
      seen.add(String(id))
    }
}

const ASSISTANT_ONLY = new Set(['thinking', 'redacted_thinking', 'tool_use'])

const checkRoles = ({ role, blocks, places }: Turn) => {
  for (const [index, { type }] of blocks.entries()) {
    if (role === 'user' && ASSISTANT_ONLY.has(String(type)))
      throw anthropicRefusal(
        `${places[index]}: \`${String(type)}\` blocks can only be in \`assistant\` messages`,
      )
    if (role === 'assistant' && type === 'tool_result')
      throw anthropicRefusal(
        `${places[index]}: \`tool_result\` blocks can only be in \`user\` messages`,
      )
  }
}

/** A system message follows the user's, and the model's comes next. */
export const checkSystemTurns = (turns: Turn[], { systemTurns }: AnthropicModel) => {
  for (const [index, { role }] of turns.entries()) {
    if (role !== 'system') continue
    if (!systemTurns) throw anthropicRefusal("role 'system' is not supported on this model")
    const next = turns[index + 1]
    if (turns[index - 1]?.role !== 'user' || (next && next.role !== 'assistant'))
      throw anthropicRefusal(
        `messages.${index}: role 'system' must directly follow a user message, and be the last message or precede an assistant message`,
      )
  }
}

export const checkOrder = (turns: Turn[]) => {
  const [first] = turns
  if (first?.role === 'system')
    throw anthropicRefusal(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter for the initial system prompt.',
    )
  if (first?.role !== 'user')
    throw anthropicRefusal('messages: first message must use the "user" role')
  checkUniqueIds(turns)
  for (const [index, turn] of turns.entries()) {
    checkRoles(turn)
    const previous = turns[index - 1]
    const asked = previous?.role === 'assistant' ? previous.blocks : []
    checkResults(
      turn,
      asked.filter(({ type }) => type === 'tool_use').map(({ id }) => String(id)),
    )
    if (turn.role === 'assistant') checkAnswered(turn, turns[index + 1])
  }
}
