/** From a function in the built chunks to where it is in the source, by the maps that the build wrote beside them. */
import { existsSync, readFileSync } from 'node:fs'
import { type SourceMapPayload, SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Place } from './steps.ts'

/** As a profile has it: lines and columns from 0. */
export type CallFrame = {
  functionName: string
  url: string
  lineNumber: number
  columnNumber: number
}

/** Where in the source, for people: `transport/connection.ts:184`. */
export type Found = Place & { shown: string }

const SOURCE = /(?:^|\/)src\/(?:([^/]+)\/)?(?:.*\/)?([^/]+)\.ts$/
const PACKAGE = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//

const readMap = (url: string): SourceMap | undefined => {
  const file = `${fileURLToPath(url)}.map`
  if (!existsSync(file)) return undefined
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
}

/** Where the bundler had to rename a function it wrote `$1` behind it; privates are shown without their mark. */
const toName = (name: string) => name.replace(/\$\d+$/, '').replace(/^.*[.#]/, '') || '(anonymous)'

/** Undefined for what is Node's own. */
export const createPlaces = (): ((frame: CallFrame) => Found | undefined) => {
  const maps = new Map<string, SourceMap | undefined>()
  const mapOf = (url: string) => {
    if (!maps.has(url)) maps.set(url, readMap(url))
    return maps.get(url)
  }

  return ({ functionName, url, lineNumber, columnNumber }) => {
    // The heap's profiler has paths where the CPU's has URLs.
    if (!/^(?:file:|\/)/.test(url)) return undefined
    const name = toName(functionName)
    const [, pack] = PACKAGE.exec(url) ?? []
    if (pack !== undefined) return { room: 'packages', file: pack, name, shown: pack }
    const entry = mapOf(url)?.findEntry(lineNumber, columnNumber)
    if (!entry || !('originalSource' in entry)) return undefined
    const [path = '', room = '', file = ''] = SOURCE.exec(entry.originalSource) ?? []
    if (path === '') return undefined
    const shown = `${path.replace(/^\/?src\//, '')}:${entry.originalLine + 1}`
    return { room, file, name, shown }
  }
}
