/** Tokens that hold the time at which they were written, on the clock that all processes of a machine share. */

/** @param ms see `nowMs` */
export const toStamped = (ms: number): string => `~${Math.round(ms * 1000).toString(36)} `

const STAMP = /~([0-9a-z]+) /g

/** @returns the times, in the same milliseconds */
export const readStamps = (text: string): number[] =>
  [...text.matchAll(STAMP)].map(([, stamp = '']) => Number.parseInt(stamp, 36) / 1000)
