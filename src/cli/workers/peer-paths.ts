/** The sockets on which workers take requests from each other, in a folder that only this user can enter. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PeerPaths {
  /** @param id of a worker. */
  of(id: number): string
  remove(): void
}

export const createPeerPaths = (): PeerPaths => {
  if (process.platform === 'win32')
    return { of: (id) => `\\\\.\\pipe\\sluice-${process.pid}-${id}`, remove: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  return {
    of: (id) => join(folder, `${id}.sock`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
