/** Finds a class in a package that is installed beside Sluice, or in the directory where it was started. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GatewayError, isJsonObject, type JsonObject } from '#model'

/** A class of a module, or a string in the form of LangChain's `initChatModel`: `bedrock:anthropic.claude-...`. */
export type ClassSource =
  | { readonly model: string }
  | { readonly module: string; readonly class: string }

export type Constructor<Built> = new (options: JsonObject) => Built

/** Maps each name before the colon to its package and class. */
const INDEX = 'langchain/chat_models/universal'

/** LangChain's own gateway: its class needs more than options. */
const NOT_A_CLASS = 'langsmith'

/** @throws GatewayError with a message for the operator. */
export const loadClass = async <Built>(source: ClassSource): Promise<Constructor<Built>> => {
  const { module, class: name } = 'model' in source ? await lookUpClass(source.model) : source
  const found = (await importModule(module))[name]
  if (typeof found !== 'function')
    throw unusable(`The package '${module}' has no class '${name.slice(0, 200)}'.`)
  return found as Constructor<Built>
}

/** The package to install; undefined if it is installed. */
export const missingPackage = (source: ClassSource): string | undefined => {
  const module = 'model' in source ? INDEX : source.module
  return BASES().some((base) => locate(module, base)) ? undefined : toPackage(module)
}

export const toMissingSentence = (name: string): string =>
  `The package '${name}' is not installed: npm install ${name}`

/** The model's name in such a string. */
export const toModelName = (model: string): string => model.slice(model.indexOf(':') + 1)

const lookUpClass = async (model: string): Promise<{ module: string; class: string }> => {
  const vendor = model.slice(0, model.indexOf(':'))
  const { MODEL_PROVIDER_CONFIG: table } = await importModule(INDEX)
  const known = isJsonObject(table) ? table : {}
  const entry = Object.hasOwn(known, vendor) && vendor !== NOT_A_CLASS ? known[vendor] : undefined
  if (isJsonObject(entry) && typeof entry.package === 'string')
    return { module: entry.package, class: String(entry.className) }
  const names = Object.keys(known).filter((name) => name !== NOT_A_CLASS)
  throw unusable(`LangChain knows no '${vendor}:'; it knows ${names.join(', ')}.`)
}

/** Where packages are searched for: beside Sluice itself, then in the directory where it was started. */
const BASES = (): string[] => [import.meta.url, join(process.cwd(), 'sluice.yaml')]

const isPath = (module: string): boolean => /^\.{0,2}\//.test(module)

const locate = (module: string, base: string): string | undefined => {
  if (isPath(module) && base === import.meta.url) return undefined
  try {
    return createRequire(base).resolve(module)
  } catch {
    return undefined
  }
}

const toPackage = (module: string): string =>
  isPath(module) ? module : module.split('/', module.startsWith('@') ? 2 : 1).join('/')

const importModule = async (module: string): Promise<JsonObject> => {
  const [own, started] = BASES().map((base) => locate(module, base))
  const target = own === undefined ? started && pathToFileURL(started).href : module
  if (target === undefined) throw unusable(toMissingSentence(toPackage(module)))
  try {
    const loaded = (await import(target)) as JsonObject
    // A module in the start directory may be loaded as CommonJS.
    return isJsonObject(loaded.default) ? { ...loaded.default, ...loaded } : { ...loaded }
  } catch (thrown) {
    throw unusable(`The package '${toPackage(module)}' could not be loaded.`, thrown)
  }
}

/** An error of the operator's: a retry is useless, but another target may work. */
export const unusable = (message: string, cause?: unknown): GatewayError =>
  new GatewayError('upstream_missing', message, { status: 500, cause })
