/** Holds what CONTRIBUTING.md shows: the diff of a vendor, and the folders of the protocols side by side. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const CONTRIBUTING = readFileSync('CONTRIBUTING.md', 'utf8')

const namesIn = (folder: string): string[] => readdirSync(`src/protocols/${folder}`)

describe('the diff of a vendor', () => {
  const [, diff = ''] = /```diff\n(.+?)```/s.exec(CONTRIBUTING) ?? []
  const files = diff
    .split(/^\+\+\+ /m)
    .slice(1)
    .map((text) => {
      const [path = '', ...lines] = text.trimEnd().split('\n')
      return [path, lines.map((line) => line.replace(/^\+/, ''))] as const
    })

  it('is a file, its place in the table, and a fixture', () => {
    expect(
      files.map(([path]) => path.replace(/\w+(?=\.json)|(?<=vendors\/)(?!index)\w+/, '*')),
    ).toEqual([
      'src/providers/vendors/*.ts',
      'src/providers/vendors/index.ts',
      'test/providers/fixtures/*.json',
    ])
  })

  it.each(files)('matches %s', (path, lines) => {
    const real = readFileSync(path, 'utf8').trimEnd().split('\n')
    if (path.endsWith('index.ts')) expect(real).toEqual(expect.arrayContaining([...lines]))
    else expect(lines).toEqual(real)
  })
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
