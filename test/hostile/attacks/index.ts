/** Every attack, the quick ones first. */
import type { Attack } from '../attack.ts'
import { backgroundStorm } from './background-storm.ts'
import { bigEvents } from './big-events.ts'
import { compressionBombs, emptyMembers } from './compression-bombs.ts'
import { halfHeads, manyConnections, slowHeads } from './connections.ts'
import { countStorm } from './count-storm.ts'
import { eventNames } from './event-names.ts'
import { forbiddenStorm } from './forbidden-storm.ts'
import { foreignResponses } from './foreign-responses.ts'
import { fullDisk, standingLogReader } from './full-disk.ts'
import { answerBombs, drippingStreams, endlessAnswers, endlessHeads } from './hostile-answers.ts'
import { invalidUtf8 } from './invalid-utf8.ts'
import { keyEcho } from './key-echo.ts'
import { deepValues, emptyMessages, manyMembers } from './many-values.ts'
import { oddHeads } from './odd-heads.ts'
import { oneByteChunks } from './one-byte-chunks.ts'
import { referenceAmplification } from './reference-amplification.ts'
import { responseChains } from './response-chains.ts'
import { responseFlood } from './response-flood.ts'
import { rememberingSockets, socketTurns } from './sockets-of-responses.ts'
import { stoppedUploads } from './stopped-uploads.ts'
import { unfinishedFrames } from './unfinished-frames.ts'
import { unreadInputItems, unreadStreams } from './unread-answers.ts'
import { waitingBodies } from './waiting-bodies.ts'
import { wildcardNames } from './wildcard-names.ts'

export const ATTACKS: readonly Attack[] = [
  oddHeads,
  keyEcho,
  foreignResponses,
  invalidUtf8,
  forbiddenStorm,
  slowHeads,
  manyConnections,
  wildcardNames,
  eventNames,
  bigEvents,
  drippingStreams,
  endlessHeads,
  endlessAnswers,
  answerBombs,
  emptyMessages,
  manyMembers,
  deepValues,
  oneByteChunks,
  compressionBombs,
  emptyMembers,
  stoppedUploads,
  waitingBodies,
  unfinishedFrames,
  rememberingSockets,
  socketTurns,
  unreadInputItems,
  unreadStreams,
  countStorm,
  backgroundStorm,
  responseFlood,
  responseChains,
  referenceAmplification,
  fullDisk,
  standingLogReader,
  halfHeads,
]
