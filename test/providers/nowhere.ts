/** A transport for tests that send nothing. */
import type { Transport } from '#transport'

export const nowhere: Transport = {
  send() {
    throw new Error('nothing is sent here')
  },
  openConnections: () => 0,
  async close() {},
}
