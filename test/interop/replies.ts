/** What the upstream's model answers in this suite: the prompt's directives, one step after another. */
import type { Answer, Reply, ReplyCall } from '../upstream/answer.ts'
import { anthropicErrorOf } from '../upstream/anthropic-errors.ts'
import { followDirectives } from '../upstream/directives.ts'
import { openaiErrorOf } from '../upstream/openai-errors.ts'
import type { Failure, Step } from './programs/directives.ts'

const STEPS = /<steps>(?<json>.*)<\/steps>/s

/** Steps let a prompt say what a client meets when it tries again. */
export const createReply = (): Reply => {
  const follow = createFollower()
  return (call) => thinkFirst(call, follow(call))
}

const createFollower = (): Reply => {
  const timesAsked = new Map<string, number>()
  return (call) => {
    if (call.toolResults.length > 0) return quoteResults(call)
    const json = STEPS.exec(call.lastUserText)?.groups?.json
    if (json === undefined) return followDirectives(call)
    const steps = JSON.parse(json) as Step[]
    const time = timesAsked.get(json) ?? 0
    timesAsked.set(json, time + 1)
    const step = steps[Math.min(time, steps.length - 1)] ?? ''
    if (typeof step === 'string') return followDirectives({ ...call, lastUserText: step })
    return refuse(call, step)
  }
}

/** A model whose thinking is switched on thinks before it says or does anything. */
const thinkFirst = ({ body: { thinking } }: ReplyCall, answer: Answer): Answer => {
  const [first] = answer.parts ?? []
  const on = (thinking as { type?: unknown } | undefined)?.type === 'enabled'
  if (!on || !first || 'reasoning' in first || 'redacted' in first) return answer
  return { ...answer, parts: [{ reasoning: 'Let me see.' }, ...(answer.parts ?? [])] }
}

const quoteResults = ({ toolResults }: ReplyCall): Answer => ({
  parts: [{ text: `The tools answered: ${toolResults.join(' and ')}` }],
})

/** The vendor's own error body with the step's message in it. */
const refuse = ({ protocol }: ReplyCall, { status, message, headers = {} }: Failure): Answer => {
  const body = protocol === 'messages' ? anthropicErrorOf(status) : openaiErrorOf(status)
  return { fault: { status, headers, body: { ...body, error: { ...body.error, message } } } }
}
