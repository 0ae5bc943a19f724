/** Why a command is refused. */
import { GatewayError } from '#model'

export const notFound = (what: string, param: string): GatewayError =>
  new GatewayError('not_found', `There is no such ${what} in this session.`, { param })

export const sessionBusy = (): GatewayError =>
  new GatewayError('conflict', 'The session is answering another message.', {
    vendorCode: 'session_busy',
  })

export const queueFull = (most: number): GatewayError =>
  new GatewayError('conflict', `${most} messages wait in this session already.`, {
    vendorCode: 'queue_full',
  })
