/** What the upstream's model answers in this suite: the prompt's directives, one step after another. */
import type { Answer, Reply, ReplyCall } from '../tools/upstream/answers/answer.ts'
import { anthropicErrorOf } from '../tools/upstream/messages/anthropic-errors.ts'
import { followDirectives } from '../tools/upstream/answers/directives.ts'
import { openaiErrorOf } from '../tools/upstream/answers/openai-errors.ts'
import type { Failure, Step } from './programs/directives.ts'

const STEPS = /<steps>(?<json>.*)<\/steps>/s

/** Steps let a prompt say what a client meets when it tries again. */
export const createReply = (): Reply => {
  const timesAsked = new Map<string, number>()
  return (call) => {
    const json = STEPS.exec(call.lastUserText)?.groups?.json
    if (json === undefined || call.toolResults.length > 0) return followDirectives(call)
    const steps = JSON.parse(json) as Step[]
    // Each client that plays a scenario starts it anew.
    const asked = [call.protocol, call.body.model, json].join()
    const time = timesAsked.get(asked) ?? 0
    timesAsked.set(asked, time + 1)
    const step = steps[Math.min(time, steps.length - 1)] ?? ''
    if (typeof step === 'string') return followDirectives({ ...call, lastUserText: step })
    return refuse(call, step)
  }
}

/** The vendor's own error body with the step's message in it. */
const refuse = ({ protocol }: ReplyCall, { status, message, headers = {} }: Failure): Answer => {
  const body = protocol === 'messages' ? anthropicErrorOf(status) : openaiErrorOf(status)
  return { fault: { status, headers, body: { ...body, error: { ...body.error, message } } } }
}
