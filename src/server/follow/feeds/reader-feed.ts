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
  // Who names a position has what came before it, or at least nobody knows better.
  if (connection.shows === 'all branches' && history)
    return createBranchFeed(joined, from, reader, knownMessages(history))
  return createFeed(joined, from, reader)
}
