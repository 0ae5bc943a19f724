/** The doors on which readers with positions follow a session. */
import { readChatWs, readClient, readRoom } from '../tools/checkers/chat/index.ts'
import {
  createCanonicalFold,
  createDialectFold,
  type Fold,
  type Line,
  type LogMessage,
  toAnswers,
  toFullLines,
  toLines,
} from './folds.ts'

export interface Door {
  readonly name: string
  readonly isSocket: boolean
  readonly showsOneBranch: boolean
  toPath(sessionId: string): string
  createFold(): Fold
  /** What its readers show of the branch that the log has. */
  expect(branch: readonly LogMessage[]): readonly Line[]
}

export const CANONICAL: Door = {
  name: '/ws/session/{id}',
  isSocket: true,
  showsOneBranch: false,
  toPath: (id) => `/ws/session/${id}`,
  createFold: createCanonicalFold,
  expect: toFullLines,
}

export const DOORS: readonly Door[] = [
  CANONICAL,
  {
    ...CANONICAL,
    name: '/api/sessions/{id}/events',
    isSocket: false,
    toPath: (id) => `/api/sessions/${id}/events`,
  },
  {
    name: '/chat/ws',
    isSocket: true,
    showsOneBranch: true,
    toPath: (id) => `/chat/ws?session_id=${id}`,
    createFold: () => createDialectFold(readChatWs),
    expect: toAnswers,
  },
  {
    name: '/ws/chat/{session_id}',
    isSocket: true,
    showsOneBranch: true,
    toPath: (id) => `/ws/chat/${id}`,
    createFold: () => createDialectFold(readRoom),
    expect: toLines,
  },
  {
    name: '/ws/{client_id}',
    isSocket: true,
    showsOneBranch: true,
    toPath: (id) => `/ws/${id}`,
    createFold: () => createDialectFold(readClient),
    expect: toAnswers,
  },
]
