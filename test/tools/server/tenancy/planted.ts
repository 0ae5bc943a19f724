/** Finds what was planted, in any spelling in which it can be read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a reader makes of a text who undoes its escapes, and reads its base64 at each alignment. */
const readings = (text: string): readonly string[] => {
  const plain = text
    .replaceAll(/\\{1,4}u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
    .replaceAll(/\\{1,4}([/"\\])/g, '$1')
  const decoded = plain.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
  const base64 = [...plain.matchAll(/[\w+/-]{16,}/g)].flatMap(([word]) =>
    [0, 1, 2, 3].map((skipped) =>
      Buffer.from(word.slice(skipped).replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString(
        'latin1',
      ),
    ),
  )
  return [text, plain, decoded, ...base64]
}

/** Those of the secrets that can be read in a text. */
export const findPlanted = (text: string, secrets: readonly string[]): readonly string[] => {
  const all = readings(text)
  return secrets.filter((secret) => all.some((reading) => reading.includes(secret)))
}

/** Every byte of every file below a folder. */
export const bytesBelow = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

/** In the spellings in which upstreams and libraries quote a secret inside JSON. */
export const spell = (secret: string): readonly string[] => [
  secret,
  [...secret].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(`user:${secret}`).toString('base64'),
  Buffer.from(secret).toString('base64url'),
]

/** Whatever a client says to a model. */
export const PROMPT = 'canary-of-a-prompt'

/** The same body, with the canary in place of each value in turn, and as a further field of each object. */
export const plantIn = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value))
    return [
      PROMPT,
      [PROMPT],
      ...value.flatMap((item, at) => plantIn(item).map((planted) => value.with(at, planted))),
    ]
  if (typeof value !== 'object' || value === null) return [PROMPT, [PROMPT], { [PROMPT]: PROMPT }]
  return [
    PROMPT,
    { ...value, further: PROMPT },
    ...Object.entries(value).flatMap(([name, member]) =>
      name === 'model' ? [] : plantIn(member).map((planted) => ({ ...value, [name]: planted })),
    ),
  ]
}
