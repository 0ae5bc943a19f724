/** Milliseconds since any moment. */
export type Clock = () => number
