/** What files and sounds cost: by pages and by seconds, as far as their size tells. */

/** A page is read as text and looked at as an image. */
const TOKENS_PER_PAGE = 2_000
const BYTES_PER_PAGE = 50_000
const MAX_PAGES = 600

/** A file of which only the address is known. */
export const TOKENS_PER_UNKNOWN_FILE = 5 * TOKENS_PER_PAGE

export const bytesOfBase64 = (base64: string): number => Math.floor((base64.length * 3) / 4)

export const pdfTokensBySize = (base64: string): number =>
  TOKENS_PER_PAGE *
  Math.min(MAX_PAGES, Math.max(1, Math.round(bytesOfBase64(base64) / BYTES_PER_PAGE)))

const PAGE = /\/Type\s*\/Page(?![a-zA-Z])/g
const COUNT = /\/Count\s+(\d{1,5})/g
const MAX_COUNTS_READ = 1_000

/** Pages that stand in compressed objects cannot be seen; their size tells then. */
export const pdfTokens = (base64: string): number => {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  const pages = Math.max(countPages(text), largestCount(text))
  return pages > 0 ? TOKENS_PER_PAGE * Math.min(MAX_PAGES, pages) : pdfTokensBySize(base64)
}

const countPages = (text: string): number => {
  let pages = 0
  for (const _ of text.matchAll(PAGE)) if (++pages >= MAX_PAGES) break
  return pages
}

const largestCount = (text: string): number => {
  let largest = 0
  let read = 0
  for (const [, count] of text.matchAll(COUNT)) {
    largest = Math.max(largest, Number(count))
    if (++read >= MAX_COUNTS_READ) break
  }
  return largest
}

/** Ten tokens a second; WAV at 24,000 samples of two bytes, anything else at 128 kbit. */
const BYTES_PER_TOKEN: Readonly<Record<string, number>> = { wav: 4_800, pcm16: 4_800 }
const BYTES_PER_COMPRESSED_TOKEN = 1_600

export const audioTokens = (base64: string, format: string): number =>
  Math.ceil(bytesOfBase64(base64) / (BYTES_PER_TOKEN[format] ?? BYTES_PER_COMPRESSED_TOKEN))
