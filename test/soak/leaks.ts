/** The leaks that the self-test plants in Sluice: each is the smallest that has to be found. */

const LEAK_NAMES = ['heap', 'outside', 'descriptors', 'connections', 'timers', 'emitters'] as const

export type LeakName = (typeof LEAK_NAMES)[number]

/** In the environment of Sluice. */
export const LEAKS_VARIABLE = 'SOAK_LEAKS'

export const ALL_LEAKS = LEAK_NAMES.join(',')

const named = process.env[LEAKS_VARIABLE]?.split(',') ?? []

/** In this process. */
export const PLANTED: readonly LeakName[] = LEAK_NAMES.filter((name) => named.includes(name))
