/** The shell that the client runs, which other protocols see as an ordinary function. */
import { type FunctionTool, isJsonObject, type JsonObject, type Tool } from '#model'

export const LOCAL_SHELL = 'local_shell'

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    command: {
      type: 'array',
      items: { type: 'string' },
      description: 'The program and its arguments.',
    },
    working_directory: { type: 'string' },
    timeout_ms: { type: 'number' },
    env: { type: 'object', additionalProperties: { type: 'string' } },
  },
  required: ['command'],
}

/** In a namespace of its own name, like the tool search. */
export const SHELL_TOOL: FunctionTool = {
  kind: 'function',
  name: LOCAL_SHELL,
  namespace: LOCAL_SHELL,
  description: "Runs a command on the user's machine and returns its output.",
  schema: SCHEMA,
}

export const isShellTool = (tool: Tool): boolean =>
  tool.kind === 'function' && tool.name === LOCAL_SHELL && tool.namespace === LOCAL_SHELL

/** The content of a call, as a function's arguments. */
export const toShellArguments = (action: unknown): string => {
  const { type: _, ...given } = isJsonObject(action) ? action : {}
  return JSON.stringify(given)
}

/** Undefined if there is nothing to run. */
export const toShellAction = (given: JsonObject): JsonObject | undefined => {
  const { command, env } = given
  const words = typeof command === 'string' ? ['bash', '-lc', command] : command
  if (!Array.isArray(words) || words.length === 0) return undefined
  if (!words.every((word) => typeof word === 'string')) return undefined
  return { ...given, type: 'exec', command: words, env: isJsonObject(env) ? env : {} }
}
