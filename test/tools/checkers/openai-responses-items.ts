/** Judges one item of a Responses stream: its parts, its payload, and what its done event says. */

import { isDeepStrictEqual } from 'node:util'

import { isJsonObject } from './shape.ts'

export interface Part {
  type: string
  text?: string
  refusal?: string
}

export interface Item {
  id: string
  type: string
  status?: string
  call_id?: string
  name?: string
  namespace?: string
  arguments?: string
  input?: string
  content?: Part[] | null
  summary?: Part[]
}

/** A text that grows by deltas until its done event has the complete text. */
export interface Growing {
  name: string
  type: string
  joined: string
  isWhole: boolean
  isClosed: boolean
}

export interface OpenItem {
  item: Item
  isDone: boolean
  content: Growing[]
  summary: Growing[]
  /** The arguments or input of a call; undefined in any other item. */
  payload: Growing | undefined
}

const PART_TYPES: Record<string, string> = {
  output_text: 'output_text',
  refusal: 'refusal',
  reasoning_text: 'reasoning_text',
  reasoning_summary_text: 'summary_text',
  function_call_arguments: 'function_call',
  custom_tool_call_input: 'custom_tool_call',
}

const PART_OWNERS: Record<string, string> = {
  output_text: 'message',
  refusal: 'message',
  reasoning_text: 'reasoning',
  summary_text: 'reasoning',
}

const toText = ({ text, refusal }: Part) => text ?? refusal ?? ''

const grow = (name: string, type: string, joined: string): Growing => ({
  name,
  type,
  joined,
  isWhole: false,
  isClosed: false,
})

export const openItem = (item: Item): OpenItem => {
  const payload = item.arguments ?? item.input
  return {
    item,
    isDone: false,
    content: [],
    summary: [],
    payload: payload === undefined ? undefined : grow(`${item.type}`, item.type, payload),
  }
}

export const judgeDelta = (growing: Growing | undefined, kind: string, delta: string) => {
  if (!growing) return [`a ${kind} delta stands before its start`]
  if (growing.type !== PART_TYPES[kind]) return [`a ${kind} delta stands in a ${growing.type}`]
  if (growing.isWhole) return [`a ${kind} delta follows its done`]
  growing.joined += delta
  return []
}

export const judgeWhole = (growing: Growing | undefined, kind: string, whole: string) => {
  if (!growing) return [`a ${kind} done stands before its start`]
  if (growing.type !== PART_TYPES[kind]) return [`a ${kind} done stands in a ${growing.type}`]
  if (growing.isWhole) return [`the ${kind} is done twice`]
  growing.isWhole = true
  return growing.joined === whole ? [] : [`the ${kind} done is not the joined deltas`]
}

const judgeParts = (wire: Part[], parts: Growing[]) => {
  const open = parts.find(({ isClosed }) => !isClosed)
  if (open) return [`an item is done before its ${open.name}`]
  const same = isDeepStrictEqual(
    wire.map((part) => [part.type, toText(part)]),
    parts.map(({ type, joined }) => [type, joined]),
  )
  return same ? [] : ['the done item is not the parts that were streamed']
}

export const judgeDoneItem = (item: Item, { item: added, content, summary, payload }: OpenItem) => {
  for (const key of ['id', 'type', 'call_id', 'name', 'namespace'] as const)
    if (item[key] !== added[key]) return [`the ${key} of the item changes before its done`]
  if (item.status === 'in_progress') return ['an item is done with the status in_progress']
  if (payload) {
    const whole = item.arguments ?? item.input
    if (!payload.isWhole) return [`a ${item.type} is done before its payload is`]
    if (whole !== payload.joined) return ['the done item is not the payload that was streamed']
    const isBroken = item.type === 'function_call' && !isJsonObject(payload.joined)
    return isBroken && item.status !== 'incomplete' ? ['the arguments are not a JSON object'] : []
  }
  return [...judgeParts(item.content ?? [], content), ...judgeParts(item.summary ?? [], summary)]
}

export const addPart = (parts: Growing[], owner: Item, index: number, part: Part, name: string) => {
  if (PART_OWNERS[part.type] !== owner.type)
    return [`a ${part.type} part stands in a ${owner.type}`]
  if (index !== parts.length) return [`${name} index ${index} should be ${parts.length}`]
  parts.push(grow(`${name} ${index}`, part.type, toText(part)))
  return []
}

export const finishPart = (growing: Growing | undefined, part: Part, name: string) => {
  if (!growing) return [`a ${name} is done before it was added`]
  if (growing.isClosed) return [`a ${name} is done twice`]
  if (!growing.isWhole) return [`a ${name} is done before its text is`]
  growing.isClosed = true
  return growing.type === part.type && growing.joined === toText(part)
    ? []
    : [`the done ${name} is not the text that was streamed`]
}
