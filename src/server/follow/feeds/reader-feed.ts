/** The feed of a connection, as its dialect needs it. */
import type { SessionReader } from '#chat'
import type { OpenSession } from '../open-session.ts'
import { createBranchFeed, oneBranch } from './branch-feed.ts'
import { createFeed, type Feed } from './feed.ts'
import { knownMessages } from './known-messages.ts'

export const createReaderFeed = (
  { joined, connection, from, branch, history }: OpenSession,
  reader: SessionReader,
): Feed => {
  if (connection.shows === 'one branch')
    return createBranchFeed(joined, from, reader, oneBranch(branch))
  if (connection.shows === 'all branches')
    return createBranchFeed(joined, from, reader, knownMessages(history))
  return createFeed(joined, from, reader)
}
