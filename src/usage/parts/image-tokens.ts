/**
 * The tokens of an image, by the rules that the vendors publish:
 * https://platform.openai.com/docs/guides/images-vision and https://docs.claude.com/en/docs/build-with-claude/vision
 */
import type { ImagePart } from '#model'
import { readImageSize, type Size } from './image-size.ts'
import { bareModelName } from '../model-encoding.ts'

type Rule =
  /** A base, and an amount for each square of 512 pixels. */
  | { readonly kind: 'tiles'; readonly base: number; readonly perTile: number }
  /** An amount for each square of 32 pixels. */
  | { readonly kind: 'patches'; readonly factor: number }
  | { readonly kind: 'area' }

const RULES: readonly (readonly [RegExp, Rule])[] = [
  [/^claude/, { kind: 'area' }],
  [/^gpt-5.*nano|^gpt-4\.1-nano/, { kind: 'patches', factor: 2.46 }],
  [/^gpt-5.*mini|^gpt-4\.1-mini/, { kind: 'patches', factor: 1.62 }],
  [/^o4-mini/, { kind: 'patches', factor: 1.72 }],
  [/^gpt-4o-mini/, { kind: 'tiles', base: 2833, perTile: 5667 }],
  [/^gpt-5/, { kind: 'tiles', base: 70, perTile: 140 }],
  [/^o\d/, { kind: 'tiles', base: 75, perTile: 150 }],
]
const USUAL: Rule = { kind: 'tiles', base: 85, perTile: 170 }

/** For an image of which only the address is known. */
const UNKNOWN_SIZE: Size = { width: 1024, height: 1024 }

export const countImageTokens = ({ source, detail }: ImagePart, model: string): number => {
  const size = (source.kind === 'base64' && readImageSize(source.data)) || UNKNOWN_SIZE
  return toImageTokens(size, model, detail)
}

export const toImageTokens = (size: Size, model: string, detail?: string): number => {
  const name = bareModelName(model)
  const rule = RULES.find(([pattern]) => pattern.test(name))?.[1] ?? USUAL
  switch (rule.kind) {
    case 'tiles':
      return rule.base + (detail === 'low' ? 0 : rule.perTile * tilesOf(size))
    case 'patches':
      return Math.ceil(patchesOf(size) * rule.factor)
    case 'area':
      return areaTokens(size)
  }
}

const fitWithin = ({ width, height }: Size, scale: number): Size => {
  const factor = Math.min(1, scale)
  return { width: width * factor, height: height * factor }
}

/** The image is scaled to fit into 2048 x 2048, then scaled down to 768 pixels on the shorter side. */
const tilesOf = (size: Size): number => {
  const fitted = fitWithin(size, 2048 / Math.max(size.width, size.height))
  const { width, height } = fitWithin(fitted, 768 / Math.min(fitted.width, fitted.height))
  return Math.ceil(width / 512) * Math.ceil(height / 512)
}

const MAX_PATCHES = 1536
const PATCH = 32

const patchesOf = ({ width, height }: Size): number => {
  const patches = Math.ceil(width / PATCH) * Math.ceil(height / PATCH)
  if (patches <= MAX_PATCHES) return patches
  const shrink = Math.sqrt((PATCH * PATCH * MAX_PATCHES) / (width * height))
  const [across, down] = [(width * shrink) / PATCH, (height * shrink) / PATCH]
  // Shrink until a whole number of patches fits on the side that would lose more.
  const fit = Math.min(Math.floor(across) / across, Math.floor(down) / down)
  return Math.min(
    MAX_PATCHES,
    Math.max(1, Math.ceil(round(across * fit))) * Math.max(1, Math.ceil(round(down * fit))),
  )
}

/** Keeps 44.000000001 from becoming 45. */
const round = (value: number): number => Number(value.toFixed(6))

const LONGEST_EDGE = 1568
const PIXELS_PER_TOKEN = 750
const MAX_AREA_TOKENS = 1600

const areaTokens = (size: Size): number => {
  const { width, height } = fitWithin(size, LONGEST_EDGE / Math.max(size.width, size.height))
  return Math.min(MAX_AREA_TOKENS, Math.ceil((width * height) / PIXELS_PER_TOKEN))
}
