/** What vendors that speak Chat refuse beyond OpenAI, by the name of the model. */
import { openaiRefusal } from '../answers/openai-errors.ts'
import { Refusal } from '../answers/refusal.ts'
import { asText, isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

export interface VendorRules {
  /** Fields of a message that OpenAI does not know. */
  messageFields: readonly string[]
  check(body: Body, messages: readonly Body[]): void
}

const callsOf = (message: Body): Body[] =>
  Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : []

const isEmpty = ({ content }: Body): boolean =>
  Array.isArray(content) ? content.length === 0 : asText(content ?? '') === ''

const mistralRefusal = (message: string, code: number | null, status = 400) =>
  new Refusal(message, status, {
    object: 'error',
    message,
    type: code === null ? 'invalid_request_error' : 'invalid_request_message_order',
    param: null,
    code: code === null ? null : String(code),
  })

const UNKNOWN_TO_MISTRAL = [
  'stream_options',
  'seed',
  'user',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'store',
  'verbosity',
]

/** Who may speak after whom: https://github.com/mistralai/mistral-common, and what its API refuses besides. */
const MISTRAL_FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  system: ['user', 'assistant', 'system'],
  user: ['assistant', 'system', 'user'],
  assistant: ['assistant', 'user', 'tool'],
  tool: ['assistant', 'tool'],
}

const checkMistralOrder = (messages: readonly Body[]) => {
  for (const [index, { role }] of messages.entries()) {
    const before = messages[index - 1]
    if (before && !MISTRAL_FOLLOWERS[asText(before.role)]?.includes(asText(role)))
      throw mistralRefusal(
        `Unexpected role '${asText(role)}' after role '${asText(before.role)}'`,
        3230,
      )
  }
  const last = messages.at(-1)
  const isPrefix = last?.role === 'assistant' && last.prefix === true
  if (!isPrefix && last?.role !== 'user' && last?.role !== 'tool')
    throw mistralRefusal(
      `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${asText(last?.role)}`,
      3230,
    )
}

const checkMistralId = (id: unknown) => {
  if (!/^[a-zA-Z0-9]{9}$/.test(asText(id)))
    throw mistralRefusal(
      `Tool call id was ${asText(id)} but must be a-z, A-Z, 0-9, with a length of 9.`,
      3280,
    )
}

const MISTRAL: VendorRules = {
  messageFields: ['prefix'],
  check(body, messages) {
    for (const field of UNKNOWN_TO_MISTRAL)
      if (body[field] !== undefined)
        throw mistralRefusal(`body.${field}: Extra inputs are not permitted`, null, 422)
    for (const message of messages) {
      for (const { id } of callsOf(message)) checkMistralId(id)
      if (message.role === 'tool') checkMistralId(message.tool_call_id)
      if (message.role === 'assistant' && isEmpty(message) && callsOf(message).length === 0)
        throw mistralRefusal('Assistant message must have either content or tool_calls', 3240)
    }
    checkMistralOrder(messages)
  },
}

const isOff = ({ thinking }: Body): boolean => isObject(thinking) && thinking.type === 'disabled'

/** An empty text is the same as none, as later models of both vendors see it. */
const checkThoughts = (body: Body, messages: readonly Body[]) => {
  if (isOff(body)) return
  for (const [index, message] of messages.entries())
    if (callsOf(message).length > 0 && asText(message.reasoning_content ?? '') === '')
      throw openaiRefusal(
        `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${index}`,
      )
}

const DEEPSEEK: VendorRules = {
  messageFields: ['reasoning_content'],
  check: checkThoughts,
}

const MOONSHOT: VendorRules = {
  messageFields: ['reasoning_content', 'partial'],
  check(body, messages) {
    checkThoughts(body, messages)
    for (const [index, message] of messages.entries())
      if (message.role === 'assistant' && isEmpty(message) && callsOf(message).length === 0)
        throw openaiRefusal(
          `Invalid request: the message at position ${index} with role 'assistant' must not be empty`,
        )
  },
}

const VENDORS: readonly (readonly [RegExp, VendorRules])[] = [
  [/^(?:mistral|ministral|magistral|codestral|devstral|pixtral)-/, MISTRAL],
  [/^deepseek-/, DEEPSEEK],
  [/^kimi-/, MOONSHOT],
]

export const findVendorRules = (model: string): VendorRules | undefined =>
  VENDORS.find(([pattern]) => pattern.test(model))?.[1]
