/** Finds in the source which errors are made with a status or a second word of their own. */
import { globSync, readFileSync } from 'node:fs'

export interface ThrownError {
  readonly code: string
  /** Absent: the code's own. `'computed'`: only the running code knows it. */
  readonly status?: string
  readonly word?: string
}

const CONSTRUCTION = /new GatewayError\(\s*'(\w+)'/g

export const findThrownErrors = (): ThrownError[] =>
  readSources('src/**/*.ts').flatMap((text) =>
    [...text.matchAll(CONSTRUCTION)].map(({ index, 1: code = '' }) => {
      const made = toCall(text.slice(index))
      const status =
        /\bstatus: (\d{3})\b/.exec(made)?.[1] ??
        (/[{,]\s*status,/.test(made) ? 'computed' : undefined)
      const word = /\bvendorCode: '(\w+)'/.exec(made)?.[1]
      return {
        code,
        ...(status === undefined ? {} : { status }),
        ...(word === undefined ? {} : { word }),
      }
    }),
  )

/** The codes with which the doors close their sockets. */
export const findCloseCodes = (): number[] =>
  readSources('src/server/websocket/**/*.ts').flatMap((text) =>
    [...text.matchAll(/^const CLOSE = \{([^}]+)\}/gm)].flatMap(([, codes = '']) =>
      [...codes.matchAll(/\b\d{4}\b/g)].map(([code]) => Number(code)),
    ),
  )

const readSources = (pattern: string): string[] =>
  globSync(pattern, { cwd: new URL('..', import.meta.url) })
    .toSorted()
    .map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))

/** From its first to its last parenthesis. */
const toCall = (text: string): string => {
  let depth = 0
  for (let at = text.indexOf('('); at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return text.slice(0, at + 1)
  }
  return text
}
