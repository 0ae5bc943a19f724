/** Writes the tools of a request, and which of them must be called, in the form that `bindTools` takes. */
import {
  isJsonObject,
  type FreeformTool,
  type FunctionTool,
  type JsonObject,
  type ModelRequest,
  type Tool,
  type ToolChoice,
} from '#model'
import {
  describeFreeform,
  type Drop,
  FREEFORM_SCHEMA,
  mergeUnions,
  withoutUndefined,
} from '#protocols'

export interface BoundTools {
  readonly tools: readonly JsonObject[]
  /** In LangChain's terms: `auto`, `any`, `none`, or the name of a tool. */
  readonly toolChoice?: string
  /** Names of the freeform tools that were sent as functions. */
  readonly freeform: ReadonlySet<string>
  /** A tool whose arguments are the structured answer. */
  readonly answerTool?: string
}

export interface ToolContext {
  readonly drop: Drop
  readonly toName: (name: string) => string
  /** The model accepts a schema for its answer directly. */
  readonly takesFormat: boolean
}

export const encodeTools = (request: ModelRequest, context: ToolContext): BoundTools => {
  const { toolChoice: choice, answerFormat } = request
  const offered = offeredTools(request)
  const tools = offered.flatMap((tool) => toTool(tool, context))
  const freeform = new Set(
    offered.filter(({ kind }) => kind === 'freeform').map(({ name }) => name),
  )
  if (answerFormat?.kind === 'json-schema' && !context.takesFormat) {
    const answerTool = context.toName(answerFormat.name ?? 'answer')
    const { description = 'Gives the answer.', schema } = answerFormat
    const all = [...tools, toFunction({ name: answerTool, description, parameters: schema })]
    return { tools: all, toolChoice: tools.length > 0 ? 'any' : answerTool, freeform, answerTool }
  }
  if (tools.length === 0) return { tools, freeform }
  const toolChoice = choice && toChoice(choice, context.toName)
  return { tools, freeform, ...(toolChoice === undefined ? {} : { toolChoice }) }
}

/** A choice among some tools offers only those. `none` offers no tools, unless the conversation has calls already. */
const offeredTools = ({ tools, toolChoice, turns }: ModelRequest): readonly Tool[] => {
  if (toolChoice?.mode === 'allowed') {
    const names = new Set(toolChoice.names)
    return tools.filter(({ name }) => names.has(name))
  }
  const hasCalls = turns.some(({ parts }) => parts.some(({ kind }) => kind === 'tool-call'))
  return toolChoice?.mode === 'none' && !hasCalls ? [] : tools
}

const toTool = (tool: Tool, { drop, toName }: ToolContext): JsonObject[] => {
  if (tool.kind === 'native') {
    drop(`tools.${tool.name}`)
    return []
  }
  const name = toName(tool.name)
  return [tool.kind === 'function' ? toOwnFunction(tool, name) : toInputFunction(tool, name)]
}

const toOwnFunction = ({ description, schema, strict }: FunctionTool, name: string): JsonObject =>
  toFunction({ name, description, parameters: schema, strict: strict || undefined })

const toInputFunction = (tool: FreeformTool, name: string): JsonObject =>
  toFunction({ name, description: describeFreeform(tool), parameters: FREEFORM_SCHEMA })

/** Some models require a description, and an object schema for the arguments without a union at the top. */
const toFunction = ({ parameters, description = '', ...rest }: JsonObject): JsonObject => {
  const given = isJsonObject(parameters) ? mergeUnions(parameters, parameters) : {}
  const properties = isJsonObject(given.properties) ? given.properties : {}
  const schema = { ...given, type: 'object', properties }
  return {
    type: 'function',
    function: withoutUndefined({ ...rest, description, parameters: schema }),
  }
}

const toChoice = (choice: ToolChoice, toName: (name: string) => string): string => {
  switch (choice.mode) {
    case 'required':
      return 'any'
    case 'named':
      return toName(choice.name)
    case 'allowed':
      return choice.required ? 'any' : 'auto'
    default:
      return choice.mode
  }
}
