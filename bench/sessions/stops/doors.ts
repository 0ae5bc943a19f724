/** Where answers are asked for and stopped. */

/** From where an answer is stopped. */
export type Origin = 'the same socket' | 'another tab' | 'REST' | 'another replica'

export type Moment = 'before the first token' | 'in the middle' | 'while it waits'

export const MOMENTS: readonly Moment[] = [
  'before the first token',
  'in the middle',
  'while it waits',
]

/** The doors that have a cancel. */
export const DOORS = ['/ws/session/{id}', '/chat/ws', '/ws/chat/{id}', '/ws/{id}'] as const

export const toPath = (door: string, id: string): string =>
  door === '/chat/ws' ? `${door}?session_id=${id}` : door.replace('{id}', id)
