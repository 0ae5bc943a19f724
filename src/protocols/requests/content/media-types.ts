/** Detects the type of a client's data from its bytes, since labels are often wrong. */
import type { FilePart, ImagePart, Part, Source } from '#model'

/** The first bytes of the types that every vendor reads. */
const BEGINNINGS: readonly (readonly [mediaType: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['application/pdf', /^%PDF-/],
]

/** Synonyms that vendors do not know. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'application/x-pdf': 'application/pdf',
}

/** Characters of base64 that cover the longest beginning, plus the line breaks that some encoders write. */
const INSPECTED_CHARACTERS = 32

export const toBase64Source = (label: string, data: string): Source => {
  const bytes = Buffer.from(data.slice(0, INSPECTED_CHARACTERS), 'base64').toString('latin1')
  const found = BEGINNINGS.find(([, beginning]) => beginning.test(bytes))
  return { kind: 'base64', mediaType: found?.[0] ?? toKnownName(label), data }
}

const toKnownName = (label: string): string => {
  const name = label.trim().toLowerCase()
  return (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined) ?? name
}

const isKnownImage = (mediaType: string): boolean =>
  BEGINNINGS.some(([known]) => known === mediaType && known.startsWith('image/'))

/** Converts an image that was sent as a file, or a file that was sent as an image, to its own kind. */
export const toOwnKind = (part: ImagePart | FilePart): Part => {
  const { source, cacheControl } = part
  if (source.kind !== 'base64') return part
  const marked = cacheControl === undefined ? {} : { cacheControl }
  if (part.kind === 'file')
    return isKnownImage(source.mediaType) ? { kind: 'image', source, ...marked } : part
  const isFile = source.mediaType === 'application/pdf' || source.mediaType.startsWith('text/')
  return isFile ? { kind: 'file', source, ...marked } : part
}
