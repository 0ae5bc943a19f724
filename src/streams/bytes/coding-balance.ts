/** Compares a coded body with what it decodes to. Some codings have parts that hold nothing, and allow any number of them. */

/** How much larger a body may be before it is decoded than after. Codings make nothing much larger. */
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
