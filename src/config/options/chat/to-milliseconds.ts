const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** @param duration a number and its unit: `10m`. */
export const toMilliseconds = (duration: string): number => {
  const { count, unit = '' } = /^(?<count>\d+)(?<unit>\D+)$/.exec(duration)?.groups ?? {}
  return Number(count) * (UNITS[unit] ?? Number.NaN)
}
