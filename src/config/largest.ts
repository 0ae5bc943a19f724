/** The largest numbers that settings may have. */

/** The longest delay of setTimeout. */
export const MAX_MS = 2 ** 31 - 1

export const MAX_COUNT = 1_000_000_000

export const MAX_WORKERS = 128
