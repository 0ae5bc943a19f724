/** Cuts bytes into reads at random places, inside characters and line ends too. */
import * as fc from 'fast-check'

/** Cut places as fractions, so that they suit a text of any length. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })

export const cutAt = (bytes: string, places: readonly number[]): string[] => {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length]
  ends.sort((one, other) => one - other)
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end))
}

export const cutBytesAt = (bytes: Buffer, places: readonly number[]): Buffer[] =>
  cutAt(bytes.toString('latin1'), places).map((piece) => Buffer.from(piece, 'latin1'))
