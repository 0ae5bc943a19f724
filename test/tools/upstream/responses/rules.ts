/** What OpenAI refuses of a Responses request that has the right shape: ids, pairs, state, combinations. */
import type { Memory } from '../memory.ts'
import { findOpenaiModel } from '../models.ts'
import { offeredTools } from '../requests/offers.ts'
import { openaiRefusal, toOpenaiRefusal } from '../answers/openai-errors.ts'
import {
  checkFileData,
  checkFormatSchema,
  checkFunctionSchema,
  checkImageUrl,
  checkSampling,
  unknownModel,
} from '../requests/openai-tools.ts'
import { responsesShape } from './shape.ts'
import type { RouteContext } from '../routes.ts'
import { isObject, ShapeProblem } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

export const itemsOf = ({ input }: Body): Body[] =>
  typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : objects(input)

const ID_PREFIXES: Record<string, string> = {
  function_call: 'fc',
  custom_tool_call: 'ctc',
  reasoning: 'rs',
}

const checkIds = (items: Body[]) => {
  const seen = new Set<string>()
  for (const [index, { type, id, role }] of items.entries()) {
    if (typeof id !== 'string' || type === 'item_reference') continue
    const prefix = role === 'assistant' ? 'msg' : ID_PREFIXES[String(type)]
    const param = `input[${index}].id`
    if (prefix && !id.startsWith(prefix))
      throw openaiRefusal(
        `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
        { param, code: 'invalid_value' },
      )
    if (seen.has(id))
      throw openaiRefusal(
        `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
        { param: 'input' },
      )
    seen.add(id)
  }
}

const PAIRS: [call: string, output: string, name: string][] = [
  ['function_call', 'function_call_output', 'function call'],
  ['custom_tool_call', 'custom_tool_call_output', 'custom tool call'],
]

const checkPairs = (items: Body[]) => {
  for (const [callType, outputType, name] of PAIRS) {
    const open = new Set<string>()
    const seen = new Set<string>()
    for (const { type, call_id: given } of items) {
      const id = String(given)
      if (type === callType) {
        if (seen.has(id))
          throw openaiRefusal(`Duplicate ${name} found with call_id ${id}.`, { param: 'input' })
        seen.add(id)
        open.add(id)
      }
      if (type === outputType && !open.delete(id))
        throw openaiRefusal(`No tool call found for ${name} output with call_id ${id}.`, {
          param: 'input',
        })
    }
    const [first] = open
    if (first !== undefined)
      throw openaiRefusal(`No tool output found for ${name} ${first}.`, { param: 'input' })
  }
}

const notFound = (id: string) =>
  openaiRefusal(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    { status: 404, param: 'input' },
  )

const checkReasoning = (items: Body[], { sealer, memory }: RouteContext) => {
  for (const item of items) {
    const { type, id, encrypted_content: sealed } = item
    if (type !== 'reasoning' && type !== 'compaction') continue
    if (typeof sealed === 'string') {
      if (!sealer.isIntact('encrypted', sealed))
        throw openaiRefusal(
          `The encrypted content ${sealed.slice(0, 4)}...${sealed.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
          { code: 'invalid_encrypted_content' },
        )
    } else if (typeof id === 'string' && !memory.items.has(id)) throw notFound(id)
  }
  const last = items.at(-1)
  if (last?.type === 'reasoning')
    throw openaiRefusal(
      `Item '${String(last.id)}' of type 'reasoning' was provided without its required following item.`,
      { param: 'input' },
    )
}

const checkContents = (items: Body[]) => {
  for (const [index, item] of items.entries())
    for (const field of ['content', 'output'])
      for (const [place, part] of objects(item[field]).entries()) {
        const param = `input[${index}].${field}[${place}]`
        if (typeof part.image_url === 'string') checkImageUrl(part.image_url, `${param}.image_url`)
        if (typeof part.file_data === 'string') checkFileData(part.file_data, `${param}.file_data`)
      }
}

const checkTools = (body: Body) => {
  for (const [index, tool] of objects(body.tools).entries())
    if (tool.type === 'function') checkFunctionSchema(tool, `tools[${index}].parameters`)
  const { tool_choice: choice } = body
  const offered = offeredTools(body).map(({ name }) => name)
  const param = 'tool_choice'
  if (choice === 'required' && objects(body.tools).length === 0 && offered.length === 0)
    throw openaiRefusal("Tool choice 'required' must be specified with 'tools' parameter.", {
      param,
    })
  if (!isObject(choice) || typeof choice.name !== 'string') return
  if (!offered.includes(choice.name))
    throw openaiRefusal(`Tool choice '${choice.name}' not found in 'tools' parameter.`, { param })
}

const resolveItems = (items: Body[], { items: stored }: Memory): Body[] =>
  items.map((item) => {
    if (item.type !== 'item_reference' && (item.type !== undefined || item.role !== undefined))
      return item
    const found = stored.get(String(item.id))
    if (!found) throw notFound(String(item.id))
    return found
  })

/** The complete conversation: what was stored before, then the new input. */
const toConversation = (body: Body, memory: Memory): Body[] => {
  const items = resolveItems(itemsOf(body), memory)
  const { previous_response_id: previous } = body
  if (typeof previous !== 'string') return items
  const stored = memory.responses.get(previous)
  if (!stored)
    throw openaiRefusal(`Previous response with id '${previous}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    })
  return [...stored, ...items]
}

const checkShape = (body: unknown) => {
  try {
    responsesShape(body, [])
  } catch (error) {
    throw error instanceof ShapeProblem ? toOpenaiRefusal(error) : error
  }
}

const checkModel = (body: Body, { models }: RouteContext) => {
  if (body.model === undefined)
    throw openaiRefusal("Missing required parameter: 'model'.", {
      param: 'model',
      code: 'missing_required_parameter',
    })
  const name = String(body.model)
  const model = findOpenaiModel(name)
  if (!model && !models.includes(name)) throw unknownModel(name)
  const effort = isObject(body.reasoning) ? body.reasoning.effort : undefined
  if (model?.reasons && effort !== 'none') {
    const relaxed = { ...body }
    for (const field of ['temperature', 'top_p']) if (body[field] === 1) delete relaxed[field]
    checkSampling(relaxed, ['temperature', 'top_p'])
  }
}

export const checkResponses = (given: unknown, context: RouteContext): Body => {
  checkShape(given)
  const body = given as Body
  checkModel(body, context)
  if (body.input === undefined && !body.prompt && !body.previous_response_id && !body.conversation)
    throw openaiRefusal(
      "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must be provided.",
      { code: 'missing_required_parameter' },
    )
  if (body.stream_options && body.stream !== true)
    throw openaiRefusal(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      {
        param: 'stream_options',
      },
    )
  if (body.background === true && body.store === false)
    throw openaiRefusal("The 'store' parameter must be true for background responses.", {
      param: 'store',
    })
  checkTools(body)
  if (isObject(body.text) && isObject(body.text.format))
    checkFormatSchema(body.text.format, 'text.format.schema')
  checkIds(itemsOf(body))
  checkContents(itemsOf(body))
  const conversation = toConversation(body, context.memory)
  checkPairs(conversation)
  checkReasoning(conversation, context)
  return body
}

/** Keeps an answer for later calls, unless it was not to be stored. */
export const rememberResponse = (body: Body, answer: Body, { memory }: RouteContext) => {
  if (body.store === false) return
  const output = objects(answer.output)
  for (const item of output) memory.items.set(String(item.id), item)
  memory.responses.set(String(answer.id), [...toConversation(body, memory), ...output])
}
