/** Everything that a model is called with, except the signal. */
import { invalidRequest, type ModelRequest } from '#model'
import { type Drop, withoutUndefined } from '#protocols'
import type { CallOptions, ChatModel, MessageLike, Runnable } from './models/chat-model.ts'
import { encodeTurns } from './translators/encode-turns.ts'
import { type BoundTools, encodeTools } from './translators/encode-tools.ts'

/** Classes that accept more call options than others. */
const OPENAI: ReadonlySet<string> = new Set(['ChatOpenAI', 'AzureChatOpenAI'])

export interface Prepared {
  readonly runnable: Runnable
  readonly messages: readonly MessageLike[]
  readonly call: Omit<CallOptions, 'signal'>
  readonly tools: BoundTools
}

/** @throws GatewayError `invalid_request` if the model cannot do what is requested. */
export const prepare = (
  request: ModelRequest,
  model: ChatModel,
  toName: (name: string) => string,
  drop: Drop,
): Prepared => {
  const className = model.getName?.() ?? ''
  const isOpenAi = OPENAI.has(className)
  dropForeignFields(request, drop)
  const tools = encodeTools(request, { drop, toName, takesFormat: isOpenAi })
  return {
    runnable: bind(request, model, tools, isOpenAi, drop),
    messages: encodeTurns(request.turns, { drop, toName, className }),
    call: withoutUndefined({
      stop: request.stopSequences?.length ? request.stopSequences : undefined,
      response_format: isOpenAi ? toFormat(request) : undefined,
    }) as Prepared['call'],
    tools,
  }
}

const bind = (
  { parallelToolCalls }: ModelRequest,
  model: ChatModel,
  { tools, toolChoice }: BoundTools,
  isOpenAi: boolean,
  drop: Drop,
): Runnable => {
  if (tools.length === 0) return model
  if (!model.bindTools) throw invalidRequest('This model cannot call tools.', 'tools')
  const single = parallelToolCalls === false
  if (single && !isOpenAi) drop('parallel_tool_calls')
  return model.bindTools(
    tools,
    withoutUndefined({
      tool_choice: toolChoice,
      parallel_tool_calls: single && isOpenAi ? false : undefined,
    }),
  )
}

const toFormat = ({ answerFormat: format }: ModelRequest) => {
  if (!format) return undefined
  if (format.kind === 'json') return { type: 'json_object' }
  const { name = 'answer', description, schema, strict } = format
  return {
    type: 'json_schema',
    json_schema: withoutUndefined({ name, description, schema, strict }),
  }
}

const dropForeignFields = (request: ModelRequest, drop: Drop): void => {
  for (const fields of Object.values(request.extensions ?? {}))
    for (const name of Object.keys(fields)) drop(name)
  // Each class has its own option for how hard to think.
  if (request.reasoning) drop('thinking')
}
