/** A conversation, as far as it decides where its calls go. Who has it, and its name, cannot be read from it. */

export interface Conversation {
  /** A keyed hash of its name and of its owner, in hexadecimal digits. */
  readonly id: string
  /** Two numbers of 32 bits each, from the same hash. */
  readonly seed: number
  readonly salt: number
  readonly callerId: string
}

/**
 * A number from 0 up to, but not including, 1. A conversation always has the same one for a label, in every process, and
 * those of two labels have nothing to do with each other.
 */
export const chanceOf = (
  { seed, salt }: Pick<Conversation, 'seed' | 'salt'>,
  label: string,
): number => {
  let hash = seed
  for (let at = 0; at < label.length; at++)
    hash = Math.imul(hash ^ label.charCodeAt(at), 0x01_00_01_93)
  return mix(mix(hash) ^ salt) / 2 ** 32
}

/** Every bit of the result depends on every bit of the number. */
const mix = (number: number): number => {
  const first = Math.imul(number ^ (number >>> 16), 0x85_eb_ca_6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2_b2_ae_35)
  return (second ^ (second >>> 16)) >>> 0
}
