/** Responses that are kept: read again, streamed again, listed, ended and deleted, as OpenAI does it. */
import type { ServerResponse } from 'node:http'
import type { KeptResponse } from '../memory.ts'
import { openaiRefusal } from '../answers/openai-errors.ts'
import { itemsOf } from './rules.ts'
import type { RouteContext } from '../routes.ts'
import type { Body } from '../requests/shape.ts'
import type { Speech } from '../answers/speech.ts'

/** A stream that was given before, from some event on. */
export class Replay {
  readonly frames: readonly string[]

  constructor(frames: readonly string[]) {
    this.frames = frames
  }
}

export const sendReplay = (response: ServerResponse, { frames }: Replay): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.end(frames.join(''))
}

/** Background answers come to be while they are asked for: each look finds them one step further. */
const STEPS: Readonly<Partial<Record<KeptResponse['status'], KeptResponse['status']>>> = {
  queued: 'in_progress',
  in_progress: 'done',
}

const toShown = ({ status, whole }: KeptResponse): Body =>
  status === 'done' ? whole : { ...whole, status, output: [], usage: null, completed_at: null }

const find = (id: string, { memory }: RouteContext): KeptResponse => {
  const kept = memory.kept.get(id)
  if (!kept) throw openaiRefusal(`Response with id '${id}' not found.`, { status: 404 })
  return kept
}

/** Nothing of a response that was cancelled came to be here but that it was begun. */
const framesOf = (kept: KeptResponse): readonly string[] => {
  const frames = [...kept.speech.frames()]
  if (kept.status !== 'cancelled') return frames
  const failed = { type: 'response.failed', response: toShown(kept), sequence_number: 2 }
  return [...frames.slice(0, 2), `event: ${failed.type}\ndata: ${JSON.stringify(failed)}\n\n`]
}

type Visit = (id: string, query: URLSearchParams, context: RouteContext) => object

const read: Visit = (id, query, context) => {
  const kept = find(id, context)
  if (query.get('stream') !== 'true') {
    kept.status = STEPS[kept.status] ?? kept.status
    return toShown(kept)
  }
  if (!kept.background)
    throw openaiRefusal(
      'This response cannot be streamed because it was not created with background=true.',
      { param: 'stream', code: 'invalid_request_error' },
    )
  const after = Number(query.get('starting_after') ?? -1)
  return new Replay(framesOf(kept).slice(after + 1))
}

const cancel: Visit = (id, _query, context) => {
  const kept = find(id, context)
  if (!kept.background) throw openaiRefusal('Cannot cancel a synchronous response.')
  if (kept.status !== 'done') kept.status = 'cancelled'
  return toShown(kept)
}

const forget: Visit = (id, _query, context) => {
  find(id, context)
  context.memory.kept.delete(id)
  context.memory.responses.delete(id)
  return { id, object: 'response', deleted: true }
}

const list: Visit = (id, query, context) => {
  const named = find(id, context).input.map((item, index) => ({ id: `msg_in_${index}`, ...item }))
  const data = query.get('order') === 'asc' ? named : named.toReversed()
  const [first] = data
  return {
    object: 'list',
    data,
    first_id: first?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  }
}

const VISITS: Readonly<Record<string, Visit>> = {
  'GET ': read,
  'DELETE ': forget,
  'GET /input_items': list,
  'POST /cancel': cancel,
}

const PATH = /^\/v1\/responses\/(?<id>[\w-]+)(?<part>\/\w+)?$/

/** What a visit gets; undefined where the path is none of a kept response. */
export const findVisit = (
  method: string,
  path: string,
  search: string,
): ((context: RouteContext) => object) | undefined => {
  const { id, part = '' } = PATH.exec(path)?.groups ?? {}
  const visit = VISITS[`${method} ${part}`]
  if (id === undefined || !visit) return undefined
  return (context) => visit(id, new URLSearchParams(search), context)
}

/** Keeps an answer for visits, unless it was not to be stored. */
export const keepResponse = (body: Body, speech: Speech, { memory }: RouteContext): void => {
  if (body.store === false) return
  const whole = speech.whole as Body
  const background = body.background === true
  memory.kept.set(String(whole.id), {
    whole,
    speech,
    background,
    status: background && body.stream !== true ? 'queued' : 'done',
    input: itemsOf(body),
  })
}
