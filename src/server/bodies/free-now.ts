/** Frees memory at once: it lies outside V8's heap, and a collection comes late for it. Nothing must read it any more. */
export const freeNow = ({ buffer, length }: Buffer): void => {
  // Else it is a place in memory that others share.
  if (length > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === length)
    buffer.transfer(0)
}
