/** Compares a coded body with its decoded size. Some codings allow any number of parts that hold nothing. */

/** How much larger a body may be coded than decoded. No coding makes anything much larger. */
const MAX_EMPTY_BYTES = 1024 * 1024

export interface CodingBalance {
  addDecoded(bytes: number): void
  /** False: the body is mostly empty. */
  addCoded(bytes: number): boolean
}

export const createCodingBalance = (): CodingBalance => {
  let coded = 0
  let decoded = 0
  return {
    addDecoded(bytes) {
      decoded += bytes
    },
    addCoded(bytes) {
      coded += bytes
      return coded <= decoded + MAX_EMPTY_BYTES
    },
  }
}
