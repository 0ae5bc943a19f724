/** What a request names by its id alone: an earlier response, a conversation, an item of an answer. */
import { invalidRequest } from '#model'
import { findElements, findMembers, type JsonMember, type JsonSpan } from '#streams'
import { at } from '../fields.ts'
import type { Reference } from '../protocol.ts'

/** Of two, an upstream takes the last, and another reader the first. */
const ONCE = ['previous_response_id', 'conversation', 'input', 'store', 'background']

const MAX_REFERENCES = 10_000
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123
const QUOTE = 34

/**
 * In the order of the request. @param isExact whether every item is looked at; otherwise those that say in plain
 * letters that they are references.
 * @throws GatewayError `invalid_request`
 */
export const findReferences = (
  body: Buffer,
  members: readonly JsonMember[],
  isExact: boolean,
): readonly Reference[] => {
  for (const name of ONCE) refuseSecond(members, name, name)
  const response = referenceAt(body, members, 'previous_response_id', 'response')
  const conversation = toConversation(body, members)
  const named = [response, conversation].filter((each) => each !== undefined)
  const input = members.find(({ key }) => key === 'input')
  const mayName = isExact ? mayHoldIds(body) : body.includes('"item_reference"')
  return input && mayName ? [...named, ...findItems(body, input)] : named
}

const mayHoldIds = (body: Buffer): boolean =>
  body.includes('"id"') || body.includes('"approval_request_id"') || body.includes(String.raw`\u00`)

const refuseSecond = (members: readonly JsonMember[], key: string, param: string): void => {
  if (
    members.findIndex((each) => each.key === key) !==
    members.findLastIndex((each) => each.key === key)
  )
    throw invalidRequest(`'${param}' is in the body more than once.`, param)
}

/** A conversation is named by its id, or by an object that holds it. */
const toConversation = (body: Buffer, members: readonly JsonMember[]): Reference | undefined => {
  const field = 'conversation'
  const member = members.find(({ key }) => key === field)
  if (!member || body[member.start] !== OPEN_OBJECT) return referenceAt(body, members, field, field)
  const inner = findMembers(body.subarray(member.start, member.end), Infinity)
  refuseSecond(inner, 'id', at(field, 'id'))
  const id = textOf(body.subarray(member.start, member.end), inner, 'id')
  return id === undefined ? undefined : { kind: field, id, param: field, span: member }
}

const referenceAt = (
  body: Buffer,
  members: readonly JsonMember[],
  key: string,
  kind: Reference['kind'],
): Reference | undefined => {
  const span = members.find((each) => each.key === key)
  const id = textOf(body, members, key)
  return span && id !== undefined ? { kind, id, param: key, span } : undefined
}

/** The text of a member; undefined where it is anything else. */
const textOf = (json: Buffer, members: readonly JsonMember[], key: string): string | undefined => {
  const member = members.find((each) => each.key === key)
  if (!member || json[member.start] !== QUOTE) return undefined
  try {
    return JSON.parse(json.toString('utf8', member.start, member.end)) as string
  } catch {
    // Whoever reads the whole of it says what is wrong.
    return undefined
  }
}

const findItems = (body: Buffer, input: JsonSpan): readonly Reference[] => {
  if (body[input.start] !== OPEN_ARRAY) return []
  const found: Reference[] = []
  const elements = findElements(body.subarray(input.start, input.end), Infinity)
  for (const [index, { start, end }] of elements.entries()) {
    const span = { start: input.start + start, end: input.start + end }
    const reference = toItemReference(body, span, at('input', index))
    if (reference) found.push(reference)
    if (found.length > MAX_REFERENCES)
      throw invalidRequest(`'input' names more than ${MAX_REFERENCES} items by their ids.`, 'input')
  }
  return found
}

const toItemReference = (body: Buffer, span: JsonSpan, param: string): Reference | undefined => {
  if (body[span.start] !== OPEN_OBJECT) return undefined
  const item = body.subarray(span.start, span.end)
  if (!mayHoldIds(item)) return undefined
  const members = findMembers(item, Infinity)
  for (const name of DECISIVE) refuseSecond(members, name, at(param, name))
  const kind = kindOf(item, members)
  if (!kind) return undefined
  const key = members.some((each) => each.key === 'approval_request_id')
    ? 'approval_request_id'
    : 'id'
  const id = textOf(item, members, key)
  return id === undefined ? undefined : { kind, id, param: at(param, key), span }
}

/** Say whether an item is looked up, and which. */
const DECISIVE = ['type', 'role', 'id', 'approval_request_id', 'encrypted_content', 'result']

/** Items that bring all that they say: their ids are looked up nowhere. */
const COMPLETE: ReadonlySet<string> = new Set([
  'message',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'computer_call_output',
  'tool_search_call',
  'tool_search_output',
  'additional_tools',
  'configuration_update',
  'compaction_trigger',
])

/** Items that are looked up by their ids, unless they bring this. */
const CONTENTS: Readonly<Record<string, string>> = {
  reasoning: 'encrypted_content',
  compaction: 'encrypted_content',
  image_generation_call: 'result',
}

const kindOf = (item: Buffer, members: readonly JsonMember[]): Reference['kind'] | undefined => {
  const type = textOf(item, members, 'type')
  if (type === undefined) return members.some(({ key }) => key === 'role') ? undefined : 'item'
  if (type === 'item_reference') return 'item'
  if (COMPLETE.has(type)) return undefined
  if (type === 'mcp_approval_response') return 'lookup'
  const content = Object.hasOwn(CONTENTS, type) ? CONTENTS[type] : undefined
  if (content === undefined) return 'mention'
  return (textOf(item, members, content) ?? '') === '' ? 'lookup' : undefined
}

/** Ids that an answer gives to its client, by which the client may name them: of its items, or of a list's. */
export const givenIds = (answer: object): readonly string[] => {
  const { output, data } = answer as { readonly output?: unknown; readonly data?: unknown }
  return [output, data].flatMap((items) =>
    Array.isArray(items) ? items.flatMap((item: unknown) => idOf(item)) : [],
  )
}

export const idOf = (item: unknown): readonly string[] => {
  const id: unknown =
    typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
  return typeof id === 'string' ? [id] : []
}
