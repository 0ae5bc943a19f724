/** Finds what a request names by its id: an earlier response, a conversation, or an item of an answer. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'
import { findElements, findMembers, type JsonMember, type JsonSpan } from '#streams'
import { at } from '../../requests/fields.ts'
import { refuseRepeated, textInside, textOf } from '../../requests/named-state.ts'
import type { Protocol, Reference } from '../../protocol.ts'
import { toSealedMark } from './sealed-items.ts'

/** Fields that must not be repeated: of two, an upstream uses the last, and another reader the first. */
const ONCE = ['previous_response_id', 'conversation', 'input', 'store', 'background']

const MAX_REFERENCES = 10_000
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123

/**
 * Returns references in the order of the request.
 *
 * @param isExact inspects every item; otherwise only those with an unescaped `item_reference`.
 * @throws GatewayError `invalid_request`
 */
export const findReferences = (
  body: Buffer,
  members: readonly JsonMember[],
  isExact: boolean,
): readonly Reference[] => {
  for (const name of ONCE) refuseRepeated(members, name)
  const response = referenceAt(body, members, 'previous_response_id', 'response')
  const conversation = toConversation(body, members)
  const named = [response, conversation].filter((each) => each !== undefined)
  const input = members.find(({ key }) => key === 'input')
  const mayName = isExact ? mayHoldIds(body) : body.includes('"item_reference"')
  if (input && mayName) named.push(...findItems(body, input))
  return isExact ? [...named, ...findContainers(body, members)] : named
}

/** Tools may name a container to run code in. */
const findContainers = (body: Buffer, members: readonly JsonMember[]): readonly Reference[] => {
  const span = members.findLast(({ key }) => key === 'tools')
  const json = span && body.subarray(span.start, span.end)
  if (!json || !mayNameContainer(json)) return []
  return parseList(json)
    .flatMap((tool) => (isJsonObject(tool) ? containersOf(tool) : []))
    .map((id) => ({ kind: 'mention', id, param: 'tools', span }))
}

const mayNameContainer = (tools: Buffer): boolean =>
  tools.includes('"container') || tools.includes(String.raw`\u00`)

const parseList = (json: Buffer): readonly unknown[] => {
  try {
    const list: unknown = JSON.parse(json.toString())
    return Array.isArray(list) ? list : []
  } catch {
    // The upstream reports what is wrong with it.
    return []
  }
}

const containersOf = ({ container, environment }: JsonObject): readonly string[] =>
  [container, isJsonObject(environment) ? environment.container_id : undefined].filter(
    (id) => typeof id === 'string',
  )

const mayHoldIds = (body: Buffer): boolean =>
  body.includes('"id"') || body.includes('"approval_request_id"') || body.includes(String.raw`\u00`)

/** A conversation is named by its id, or by an object that holds its id. */
const toConversation = (body: Buffer, members: readonly JsonMember[]): Reference | undefined => {
  const kind = 'conversation'
  const span = members.find(({ key }) => key === kind)
  const id = span && (textOf(body, members, kind) ?? textInside(body, span, kind, 'id'))
  return span && id !== undefined ? { kind, id, param: kind, span } : undefined
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
  for (const name of DECISIVE) refuseRepeated(members, name, at(param, name))
  const kind = kindOf(item, members)
  if (!kind) return undefined
  const key = members.some((each) => each.key === 'approval_request_id')
    ? 'approval_request_id'
    : 'id'
  const id = textOf(item, members, key)
  return id === undefined ? undefined : { kind, id, param: at(param, key), span }
}

/** The fields that determine whether an item is looked up, and which. */
const DECISIVE = ['type', 'role', 'id', 'approval_request_id', 'encrypted_content', 'result']

/** Items that are complete in the request: their ids are not looked up. */
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

/** Items that are looked up by their ids, unless they have this field. */
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

export const keeps: Protocol['keeps'] = (body, members) => {
  const store = members.findLast(({ key }) => key === 'store')
  return store && body.toString('latin1', store.start, store.end) === 'false' ? 'nothing' : 'answer'
}

/** The ids in an answer or in a list of items. */
export const givenIds = ({ output, data }: JsonObject): readonly string[] =>
  [output, data].flatMap((items) => (Array.isArray(items) ? items.flatMap(idsOf) : []))

/** The id of the item, and of the container that ran its code, and the mark of what is sealed in it. */
export const idsOf = (item: unknown): readonly string[] =>
  isJsonObject(item)
    ? [item.id, item.container_id, toSealedMark(item)].filter((id) => typeof id === 'string')
    : []
