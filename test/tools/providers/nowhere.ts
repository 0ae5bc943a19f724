/** A transport for tests that send nothing. */
import type { Transport } from '#transport'

export const nowhere: Transport = {
  send() {
    throw new Error('nothing is sent here')
  },
  async connect() {
    throw new Error('nothing is connected to here')
  },
  keepOnly: () => undefined,
  openConnections: () => 0,
  async close() {},
}
