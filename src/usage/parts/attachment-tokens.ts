/** Estimates the tokens of files and sounds from their size: by pages and by seconds. */

/** A page counts both as text and as an image. */
const TOKENS_PER_PAGE = 2_000
const BYTES_PER_PAGE = 50_000
const MAX_PAGES = 600

/** For a file of which only the address is known. */
export const TOKENS_PER_UNKNOWN_FILE = 5 * TOKENS_PER_PAGE

export const bytesOfBase64 = (base64: string): number => Math.floor((base64.length * 3) / 4)

export const pdfTokensBySize = (base64: string): number =>
  TOKENS_PER_PAGE *
  Math.min(MAX_PAGES, Math.max(1, Math.round(bytesOfBase64(base64) / BYTES_PER_PAGE)))

const PAGE = /\/Type\s*\/Page(?![a-zA-Z])/g
const COUNT = /\/Count\s+(\d{1,5})/g
const MAX_COUNTS_READ = 1_000

/** Pages in compressed objects cannot be counted; then the size decides. */
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

/** Ten tokens a second: WAV is 24,000 samples of two bytes a second, anything else 128 kbit/s. */
const BYTES_PER_TOKEN: Readonly<Record<string, number>> = { wav: 4_800, pcm16: 4_800 }
const BYTES_PER_COMPRESSED_TOKEN = 1_600

export const audioTokens = (base64: string, format: string): number =>
  Math.ceil(bytesOfBase64(base64) / (BYTES_PER_TOKEN[format] ?? BYTES_PER_COMPRESSED_TOKEN))
