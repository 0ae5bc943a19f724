/** Holds what CONTRIBUTING.md shows: the diff of a vendor, and the folders of the protocols side by side. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const CONTRIBUTING = readFileSync('CONTRIBUTING.md', 'utf8')

const namesIn = (folder: string): string[] => readdirSync(`src/protocols/${folder}`)

type ShownFile = readonly [path: string, lines: readonly string[]]

/** Each diff on the page, as its files and their lines. */
const [vendorDiff = [], dialectDiff = []] = [...CONTRIBUTING.matchAll(/```diff\n(.+?)```/gs)].map(
  ([, diff = '']) =>
    diff
      .split(/^\+\+\+ /m)
      .slice(1)
      .map((text): ShownFile => {
        const [path = '', ...lines] = text.trimEnd().split('\n')
        return [path, lines.map((line) => line.replace(/^\+/, ''))]
      }),
)

/** Of a table, some lines are shown. */
const expectShown = (path: string, lines: readonly string[], table: string): void => {
  const real = readFileSync(path, 'utf8').trimEnd().split('\n')
  if (path.endsWith(table)) expect(real).toEqual(expect.arrayContaining([...lines]))
  else expect(lines).toEqual(real)
}

describe('the diff of a vendor', () => {
  it('is a file, its place in the table, and a fixture', () => {
    expect(
      vendorDiff.map(([path]) => path.replace(/\w+(?=\.json)|(?<=vendors\/)(?!index)\w+/, '*')),
    ).toEqual([
      'src/providers/vendors/*.ts',
      'src/providers/vendors/index.ts',
      'test/providers/fixtures/*.json',
    ])
  })

  it.each(vendorDiff)('matches %s', (path, lines) => expectShown(path, lines, 'index.ts'))
})

describe('the diff of a dialect of the chat', () => {
  it('is a file, and its place in the table', () => {
    expect(dialectDiff.map(([path]) => path.replace(/\w+(?=\.ts$)/, '*'))).toEqual([
      'src/chat/dialects/*.ts',
      'src/chat/dialects/socket-*.ts',
    ])
    expect(dialectDiff[1]?.[1]).toHaveLength(2)
  })

  it.each(dialectDiff)('matches %s', (path, lines) => expectShown(path, lines, 'paths.ts'))
})

const GENERATING = [
  'anthropic-messages',
  'gemini',
  'openai-chat',
  'openai-completions',
  'openai-responses',
]

const EMBEDDING = ['embeddings/gemini', 'embeddings/openai']

/** What protocols share. */
const KIT = ['answers', 'errors', 'model-lists', 'requests', 'thoughts', 'tokens']

/** How many folders must have a file for its name to be everybody's. */
const MOST = 3

describe('the folders of the protocols', () => {
  it('are these', () => {
    const folders = readdirSync('src/protocols', { withFileTypes: true })
    const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect(names.toSorted()).toEqual([...GENERATING, 'embeddings', ...KIT].toSorted())
  })

  const shown = new Map(
    [...CONTRIBUTING.matchAll(/^\| `([\w-]+\.ts)` \|(.+)\|.+\|$/gm)].map(
      ([, name = '', cells = '']) => [
        name,
        GENERATING.filter((_, at) => cells.split('|')[at]?.trim() === '●'),
      ],
    ),
  )

  const real = new Map<string, string[]>()
  for (const folder of GENERATING)
    for (const name of namesIn(folder)) real.set(name, [...(real.get(name) ?? []), folder])

  it('hold the files that the table shows, and no other that most of them have', () => {
    const common = [...real].filter(([, folders]) => folders.length >= MOST)
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(common))
  })

  it.each(GENERATING)('%s has what all have', (folder) => {
    const needed = [
      'index.ts',
      'decode-request.ts',
      'encode-request.ts',
      'decode-events.ts',
      'encode-events.ts',
      'decode-message.ts',
      'encode-message.ts',
      'usage.ts',
      'errors.ts',
      'tap.ts',
    ]
    expect(namesIn(folder)).toEqual(expect.arrayContaining(needed))
  })

  it('of vectors have the same files', () => {
    const [, list = ''] = /^Vectors have.+?:\s(.+?)\.$/ms.exec(CONTRIBUTING) ?? []
    const named = [...list.matchAll(/`([\w-]+\.ts)`/g)].map(([, name]) => name)
    const [one = [], other = []] = EMBEDDING.map(namesIn)
    expect(named.toSorted()).toEqual(one.filter((name) => other.includes(name)).toSorted())
  })
})
