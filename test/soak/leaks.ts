/** The leaks that the self-test plants in Sluice: each is the smallest that has to be found. */

/** In the environment of Sluice: how many bytes leak with each request, in the heap and outside. Not set: nothing leaks. */
export const LEAK_VARIABLE = 'SOAK_LEAK_BYTES'

const SMALLEST_BYTES = 100
/** With fewer calls, what is cached and stored now and then hides so small a leak. */
const FOUND_AFTER_CALLS = 40_000

export const toLeakBytes = (calls: number): number =>
  Math.ceil(SMALLEST_BYTES * Math.max(1, FOUND_AFTER_CALLS / calls))
