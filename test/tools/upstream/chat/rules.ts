/** What OpenAI refuses of a chat request that has the right shape: order, ids, limits, combinations. */
import { chatShape } from './shape.ts'
import { findOpenaiModel } from '../models.ts'
import type { OpenaiModel } from '../models.ts'
import { openaiRefusal, toOpenaiRefusal } from '../answers/openai-errors.ts'
import {
  checkFileData,
  checkFormatSchema,
  checkFunctionSchema,
  checkImageUrl,
  checkSampling,
  unknownModel,
} from '../requests/openai-tools.ts'
import type { RouteContext } from '../routes.ts'
import { findVendorRules } from './vendor-rules.ts'
import type { VendorRules } from './vendor-rules.ts'
import { anything, asText, isObject, ShapeProblem } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

const callIdsOf = (message: Body | undefined) =>
  message?.role === 'assistant' ? objects(message.tool_calls).map(({ id }) => String(id)) : []

const checkUnanswered = (messages: Body[], start: number, open: Set<string>) => {
  if (open.size > 0)
    throw openaiRefusal(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
      { param: `messages.[${Math.min(start, messages.length - 1)}].role` },
    )
}

const checkOrder = (messages: Body[]) => {
  let open = new Set<string>()
  let asked = new Set<string>()
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const id = String(message.tool_call_id)
      if (asked.size === 0)
        throw openaiRefusal(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          { param: `messages.[${index}].role` },
        )
      if (!asked.has(id))
        throw openaiRefusal(
          `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
          { param: `messages.[${index}].tool_call_id` },
        )
      if (!open.delete(id))
        throw openaiRefusal(
          `Invalid parameter: Duplicate value for 'tool_call_id' of '${id}' in message[${index}].`,
          { param: `messages.[${index}].tool_call_id` },
        )
      continue
    }
    checkUnanswered(messages, index, open)
    const ids = callIdsOf(message)
    asked = new Set(ids)
    open = new Set(ids)
    if (asked.size < ids.length)
      throw openaiRefusal(
        `Invalid parameter: Duplicate value for 'id' in 'tool_calls' of message[${index}].`,
        { param: `messages.[${index}].tool_calls` },
      )
  }
  checkUnanswered(messages, messages.length, open)
}

const checkContent = (message: Body, index: number) => {
  const at = `messages[${index}]`
  const { role, content } = message
  const speaks = message.tool_calls ?? message.function_call ?? message.audio ?? message.refusal
  if (role === 'assistant' && (content === undefined || content === null) && !speaks)
    throw openaiRefusal("Invalid value for 'content': expected a string, got null.", {
      param: `messages.[${index}].content`,
    })
  for (const [place, part] of objects(content).entries()) {
    const param = `${at}.content[${place}]`
    if (role === 'tool' && part.type !== 'text')
      throw openaiRefusal(
        `Invalid '${at}'. Image URLs are only allowed for messages with role 'user', but this message with role 'tool' contains an image URL.`,
        { param: at, code: 'invalid_value' },
      )
    if (isObject(part.image_url))
      checkImageUrl(String(part.image_url.url), `${param}.image_url.url`)
    if (isObject(part.file) && typeof part.file.file_data === 'string')
      checkFileData(part.file.file_data, `${param}.file.file_data`)
  }
}

const namesOf = (tools: Body[]) =>
  tools.map((tool) => {
    const inner = isObject(tool.function) ? tool.function : tool.custom
    return isObject(inner) ? String(inner.name) : ''
  })

const chosenNames = (choice: unknown): string[] => {
  if (!isObject(choice)) return []
  if (isObject(choice.allowed_tools)) return namesOf(objects(choice.allowed_tools.tools))
  return namesOf([choice])
}

const checkTools = (body: Body) => {
  const tools = objects(body.tools)
  for (const [index, tool] of tools.entries())
    if (isObject(tool.function))
      checkFunctionSchema(tool.function, `tools[${index}].function.parameters`)
  for (const param of ['tool_choice', 'parallel_tool_calls'])
    if (body[param] !== undefined && body[param] !== 'none' && tools.length === 0)
      throw openaiRefusal(
        `Invalid value for '${param}': '${param}' is only allowed when 'tools' are specified.`,
        { param },
      )
  const names = namesOf(tools)
  for (const name of chosenNames(body.tool_choice))
    if (!names.includes(name))
      throw openaiRefusal(
        `Invalid value for 'tool_choice': the tool '${name}' was not found in the 'tools' parameter.`,
        { param: 'tool_choice' },
      )
}

const REASONING_UNKNOWNS = [
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'stop',
]

const checkReasoning = (body: Body) => {
  if (body.max_tokens !== undefined && body.max_tokens !== null)
    throw openaiRefusal(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { param: 'max_tokens', code: 'unsupported_parameter' },
    )
  if (body.reasoning_effort === 'none') return
  if (typeof body.temperature === 'number' && body.temperature !== 1)
    throw openaiRefusal(
      `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`,
      { param: 'temperature', code: 'unsupported_value' },
    )
  checkSampling(body.top_p === 1 ? { ...body, top_p: undefined } : body, REASONING_UNKNOWNS)
}

const checkLimits = (body: Body, model: OpenaiModel) => {
  const { max_tokens: legacy, max_completion_tokens: limit } = body
  if (typeof legacy === 'number' && typeof limit === 'number')
    throw openaiRefusal(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      { code: 'invalid_parameter_combination' },
    )
  if (model.reasons) checkReasoning(body)
  else if (body.reasoning_effort !== undefined && body.reasoning_effort !== null)
    throw openaiRefusal('Unrecognized request argument supplied: reasoning_effort')
  const asked = Number(limit ?? legacy ?? 0)
  if (asked > model.maxTokens)
    throw openaiRefusal(
      `max_tokens is too large: ${asked}. This model supports at most ${model.maxTokens} completion tokens, whereas you provided ${asked}.`,
      {
        param: typeof limit === 'number' ? 'max_completion_tokens' : 'max_tokens',
        code: 'invalid_value',
      },
    )
}

const checkFormat = (body: Body) => {
  const { response_format: format } = body
  if (!isObject(format)) return
  if (isObject(format.json_schema)) checkFormatSchema(format.json_schema, 'response_format')
  if (format.type === 'json_object' && !/json/i.test(JSON.stringify(body.messages)))
    throw openaiRefusal(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      { param: 'messages' },
    )
}

/** A vendor that thinks aloud takes back what it said, and nothing else. */
const withoutSpoken = (body: Body, spoken: Set<string>): Body => ({
  ...body,
  messages: Array.isArray(body.messages)
    ? body.messages.map((message: unknown) => {
        if (!isObject(message) || !spoken.has(asText(message.reasoning_content))) return message
        const { reasoning_content: _, ...rest } = message
        return rest
      })
    : body.messages,
})

const checkShape = (
  body: unknown,
  { messageFields, memory }: RouteContext,
  vendor: VendorRules | undefined,
) => {
  const known = [...messageFields, ...(vendor?.messageFields ?? [])]
  const extra = Object.fromEntries(known.map((field) => [field, anything]))
  const shape = chatShape(extra)
  try {
    const isOpenai = isObject(body) && !vendor
    shape(isOpenai ? withoutSpoken(body, memory.spoken) : body, [])
  } catch (error) {
    if (!(error instanceof ShapeProblem)) throw error
    const [field, ...rest] = error.path
    if (error.problem.kind === 'unknown' && rest.length === 0)
      throw openaiRefusal(`Unrecognized request argument supplied: ${String(field)}`)
    if (error.problem.kind === 'missing' && field === 'model')
      throw openaiRefusal('you must provide a model parameter')
    throw toOpenaiRefusal(error)
  }
}

export const checkChat = (given: unknown, context: RouteContext): Body => {
  const vendor = isObject(given) ? findVendorRules(asText(given.model ?? '')) : undefined
  checkShape(given, context, vendor)
  const body = given as Body
  const name = String(body.model)
  const model =
    findOpenaiModel(name) ??
    (vendor || context.models.includes(name) ? { maxTokens: Infinity, reasons: false } : undefined)
  if (!model) throw unknownModel(name)
  if (model.responsesOnly)
    throw openaiRefusal(
      'This model is only supported in v1/responses and not in v1/chat/completions.',
      {
        status: 404,
        param: 'model',
      },
    )
  if (model.toolsOnResponsesOnly && (body.tools ?? body.functions))
    throw openaiRefusal(
      `Function tools are not supported for ${name} in /v1/chat/completions. Please use /v1/responses instead.`,
      { param: 'tools' },
    )
  checkLimits(body, model)
  if (body.stream_options && body.stream !== true)
    throw openaiRefusal(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      {
        param: 'stream_options',
      },
    )
  checkTools(body)
  checkFormat(body)
  const messages = objects(body.messages)
  for (const [index, message] of messages.entries()) checkContent(message, index)
  checkOrder(messages)
  vendor?.check(body, messages)
  return body
}
