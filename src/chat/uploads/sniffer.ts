/** Finds out what a file is by its bytes, while they arrive. What its sender says only tells one kind of text from another. */
import { GatewayError } from '#model'

export interface Sniffer {
  /** @throws GatewayError with the status 415 if it is of no kind that is taken here */
  add(bytes: Uint8Array): void
  /** Called after the last byte. @returns its media type. @throws GatewayError as above */
  end(): string
}

/** What the sender says of it. */
export interface Declared {
  readonly name: string
  readonly type: string
}

const ASCII = 'latin1'

/** By the bytes at the beginning. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  // eslint-disable-next-line no-control-regex
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['application/pdf', /^%PDF-/],
]

const LONGEST_SIGNATURE = 12

const TEXTS: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
}
const TEXT_TYPES: ReadonlySet<string> = new Set(Object.values(TEXTS))

/** Of a text that nobody would call binary: tabs, line ends and form feeds alone. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/

export const createSniffer = (declared: Declared): Sniffer => {
  let head = Buffer.alloc(0)
  let found: string | undefined
  let isText = false
  const decoder = new TextDecoder('utf-8', { fatal: true })

  const decide = (): void => {
    const start = head.toString(ASCII)
    found = SIGNATURES.find(([, signature]) => signature.test(start))?.[0]
    isText = found === undefined
    if (isText) checkText(head, true)
  }

  const checkText = (bytes: Uint8Array | undefined, isMore: boolean): void => {
    let text: string
    try {
      text = decoder.decode(bytes, { stream: isMore })
    } catch {
      throw unsupported()
    }
    if (CONTROL.test(text)) throw unsupported()
  }

  return {
    add(bytes) {
      if (found !== undefined) return
      if (isText) return checkText(bytes, true)
      head = Buffer.concat([head, bytes])
      if (head.length >= LONGEST_SIGNATURE) decide()
    },
    end() {
      if (found === undefined && !isText) decide()
      if (found !== undefined) return found
      checkText(undefined, false)
      return toTextType(declared)
    },
  }
}

const toTextType = ({ name, type }: Declared): string => {
  const [plain = ''] = type.toLowerCase().split(';', 1)
  const ending = /\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''
  if (TEXT_TYPES.has(plain.trim())) return plain.trim()
  return Object.hasOwn(TEXTS, ending) ? (TEXTS[ending] ?? PLAIN) : PLAIN
}

const PLAIN = 'text/plain'

const unsupported = (): GatewayError =>
  new GatewayError(
    'invalid_request',
    'The file is none that is taken here: PNG, JPEG, GIF and WebP images, PDFs, and text in UTF-8.',
    { status: 415, param: 'file', vendorCode: 'unsupported_file_type' },
  )
