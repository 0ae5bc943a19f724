import { describe, expect, it } from 'vitest'
import { readImageSize } from '../../../src/usage/parts/image-size.ts'
import { countImageTokens, toImageTokens } from '../../../src/usage/parts/image-tokens.ts'

const base64 = (...parts: (string | number[])[]): string =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  ).toString('base64')

const png = (width: number, height: number): string => {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  return base64('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [...size], [8, 6, 0, 0, 0])
}

/** 640 by 480 pixels, after a profile of 60,000 bytes. */
const JPEG = base64(
  [0xff, 0xd8, 0xff, 0xe1, 0xea, 0x60],
  '\xff\xc0'.repeat((0xea60 - 2) / 2),
  [0xff, 0xff, 0xc4, 0, 4, 1, 2],
  [0xff, 0xc2, 0, 17, 8, 0x01, 0xe0, 0x02, 0x80, 3, 1, 0x22, 0, 2, 0x11, 1],
)

describe('the size of an image', () => {
  it.each([
    ['PNG', png(640, 480)],
    ['JPEG', JPEG],
    ['GIF', base64('GIF89a', [0x80, 0x02, 0xe0, 0x01, 0, 0, 0])],
    [
      'WebP with extras',
      base64('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0x7f, 2, 0, 0xdf, 1, 0]),
    ],
    [
      'lossless WebP',
      base64('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [9, 0, 0, 0, 0x2f, 0x7f, 0xc2, 0x77, 0], 'more....'),
    ],
    [
      'lossy WebP',
      base64(
        'RIFF',
        [0, 0, 0, 0],
        'WEBPVP8 ',
        [9, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1],
      ),
    ],
  ])('is read from a %s', (_, data) => {
    expect(readImageSize(data)).toEqual({ width: 640, height: 480 })
  })

  it.each([
    ['nothing', ''],
    ['text', base64('hello, world, this is no image')],
    ['half a PNG', png(1, 1).slice(0, 20)],
    ['a PNG of no size', png(0, 5)],
    ['half a JPEG', base64([0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2])],
    ['a JPEG of garbage', base64([0xff, 0xd8], 'garbage garbage')],
    [
      'a JPEG whose segments have no length',
      base64([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ],
    ['half a GIF', base64('GIF8')],
    ['an unknown WebP', base64('RIFF', [0, 0, 0, 0], 'WEBPVP9 ', 'x'.repeat(20))],
  ])('is not read from %s', (_, data) => {
    expect(readImageSize(data)).toBeUndefined()
  })
})

describe('the tokens of an image', () => {
  it.each([
    // The vendors' own examples.
    ['gpt-4o', 1024, 1024, 'high', 765],
    ['gpt-4o', 2048, 4096, 'high', 1105],
    ['gpt-4o', 4096, 8192, 'low', 85],
    ['gpt-4.1-mini', 1024, 1024, undefined, Math.ceil(1024 * 1.62)],
    ['gpt-4.1-mini', 1800, 2400, undefined, Math.ceil(1452 * 1.62)],
    ['claude-sonnet-4-5', 200, 200, undefined, 54],
    ['claude-sonnet-4-5', 1000, 1000, undefined, 1334],
    ['claude-sonnet-4-5', 8000, 8000, undefined, 1600],
    // Other rows of their tables.
    ['openai/gpt-4o-mini', 512, 512, undefined, 2833 + 5667],
    ['gpt-5', 512, 512, undefined, 70 + 140],
    ['gpt-5-nano', 320, 320, undefined, 246],
    ['o3', 513, 512, undefined, 75 + 2 * 150],
    ['o4-mini', 32, 32, undefined, 2],
    ['unheard-of', 1, 1, undefined, 85 + 170],
  ])('follow the rule of %s for %d x %d', (model, width, height, detail, tokens) => {
    expect(toImageTokens({ width, height }, model, detail)).toBe(tokens)
    const source = { kind: 'base64', mediaType: 'image/png', data: png(width, height) } as const
    const image = { kind: 'image', source, ...(detail === undefined ? {} : { detail }) } as const
    expect(countImageTokens(image, model)).toBe(tokens)
  })

  it('are those of a typical size if the size is unknown', () => {
    const source = { kind: 'url', url: 'https://example.com/a.png' } as const
    expect(countImageTokens({ kind: 'image', source }, 'gpt-4o')).toBe(765)
  })
})
