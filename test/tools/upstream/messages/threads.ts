/** Anthropic's threads: the server keeps a conversation, and a turn sends only what is new. */
import type { IncomingHttpHeaders } from 'node:http'
import { anthropicRefusal } from './anthropic-errors.ts'
import type { RouteContext } from '../routes.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const BETA = /message-threads/

const messagesOf = ({ messages }: Body): Body[] =>
  Array.isArray(messages) ? messages.filter(isObject) : []

/** The request as it would be without a thread: with its complete history. */
export const resumeThread = (
  body: Body,
  headers: IncomingHttpHeaders,
  { memory, threads }: RouteContext,
): Body => {
  const { thread } = body
  if (!isObject(thread)) return body
  if (!BETA.test(String(headers['anthropic-beta'])))
    throw anthropicRefusal('thread: Extra inputs are not permitted')
  if (!threads)
    throw anthropicRefusal('Threads are not available for this request.', {
      details: { error_code: 'thread_unsupported_request', unsupported: ['thinking'] },
    })
  if (thread.type === 'create') return body
  const stored = memory.threads.get(String(thread.previous_message_id))
  if (!stored)
    throw anthropicRefusal(`thread: no thread ends with ${String(thread.previous_message_id)}`, {
      status: 404,
      details: { error_code: 'thread_not_found' },
    })
  if (stored.continued)
    throw anthropicRefusal('thread: this message has already been continued', {
      details: { error_code: 'thread_already_continued' },
    })
  for (const field of ['system', 'tools'])
    if (body[field] !== undefined)
      throw anthropicRefusal(`${field}: cannot be set when a thread is continued`)
  stored.continued = true
  return {
    ...body,
    messages: [...stored.messages, ...messagesOf(body)],
    ...(stored.system !== undefined && { system: stored.system }),
    ...(stored.tools !== undefined && { tools: stored.tools }),
  }
}

export const rememberThread = (body: Body, answer: Body, { memory }: RouteContext) => {
  if (!isObject(body.thread)) return
  memory.threads.set(String(answer.id), {
    messages: [...messagesOf(body), { role: 'assistant', content: answer.content }],
    system: body.system,
    tools: body.tools,
    continued: false,
  })
}
