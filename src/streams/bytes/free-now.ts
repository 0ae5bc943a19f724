/** Frees memory outside V8's heap at once, because the collector may take long. Nothing may read it afterwards. */
export const freeNow = ({ buffer, length }: Buffer): void => {
  // Otherwise it is a slice of a shared pool.
  if (length > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === length)
    buffer.transfer(0)
}
