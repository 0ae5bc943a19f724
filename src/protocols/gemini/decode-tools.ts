/** Reads the tools of a request, and which of them the model is to call. */
import type { JsonObject, Tool, ToolChoice } from '#model'
import {
  at,
  lookUp,
  optionalArray,
  optionalObject,
  optionalString,
  requiredString,
  toObject,
  toString,
  withoutUndefined,
} from '../requests/fields.ts'
import { toJsonSchema } from './schemas.ts'
import { optionalList, withCamelKeys } from './wire.ts'

/** One entry may hold many functions, and the vendor's own tools. */
export const decodeTools = (tools: readonly unknown[], path: string): Tool[] =>
  tools.flatMap((value, index) => {
    const where = at(path, index)
    const { functionDeclarations, ...natives } = withCamelKeys(toObject(value, where))
    const declared = optionalList({ functionDeclarations }, 'functionDeclarations', where) ?? []
    return [
      ...declared.map((entry, nth) =>
        toFunction(entry, at(at(where, 'functionDeclarations'), nth)),
      ),
      ...Object.entries(natives)
        .filter(([, native]) => native !== null && native !== undefined)
        .map(([name, native]): Tool => ({
          kind: 'native',
          protocol: 'gemini',
          name,
          value: { [name]: native },
        })),
    ]
  })

const toFunction = (value: unknown, path: string): Tool => {
  const declared = withCamelKeys(toObject(value, path))
  const openApi = optionalObject(declared, 'parameters', path)
  return withoutUndefined({
    kind: 'function',
    name: requiredString(declared, 'name', path),
    description: optionalString(declared, 'description', path),
    schema:
      optionalObject(declared, 'parametersJsonSchema', path) ?? (openApi && toJsonSchema(openApi)),
  } as Tool)
}

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = {
  AUTO: 'auto',
  VALIDATED: 'auto',
  ANY: 'required',
  NONE: 'none',
}

/** Undefined if nothing is chosen, or the kind of choice is unknown. */
export const decodeToolChoice = (config: JsonObject | undefined): ToolChoice | undefined => {
  const path = 'toolConfig'
  const given = config && optionalObject(withCamelKeys(config), 'functionCallingConfig', path)
  if (!given) return undefined
  const where = at(path, 'functionCallingConfig')
  const choice = withCamelKeys(given)
  const mode = lookUp(MODES, (optionalString(choice, 'mode', where) ?? 'AUTO').toUpperCase())
  const names = (optionalArray(choice, 'allowedFunctionNames', where) ?? []).map((name, index) =>
    toString(name, at(at(where, 'allowedFunctionNames'), index)),
  )
  const [only] = names
  if (!mode || mode === 'none' || only === undefined) return mode && { mode }
  return names.length === 1 && mode === 'required'
    ? { mode: 'named', name: only }
    : { mode: 'allowed', names, required: mode === 'required' }
}
