/** An issuer of tokens, with its own keys and the address of its public ones. */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { TokenOptions } from '#access'
import { listenForTest } from '../app/house.ts'

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'sluice'
export const SECRET = 'a-secret-of-more-than-32-characters!'

type Algorithm = TokenOptions['algorithms'][number]

export interface Pair {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly publicKey: string
  readonly jwk: JWK
  sign(claims?: Claims, header?: object): Promise<string>
}

export interface Claims {
  readonly [name: string]: unknown
  /** In seconds from now. `null`: absent, as for every claim. */
  readonly exp?: number | null
  readonly nbf?: number | null
}

/** The claims of a token that is valid for an hour, with changes. */
const toPayload = ({ exp = 3600, nbf = null, ...claims }: Claims): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ann',
    exp: exp === null ? null : now + exp,
    nbf: nbf === null ? null : now + nbf,
    ...claims,
  }
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null))
}

export const createPair = async (algorithm: 'RS256' | 'ES256', kid: string): Promise<Pair> => {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    kid,
    algorithm,
    publicKey: await exportSPKI(publicKey),
    jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    sign: (claims = {}, header = {}) =>
      new SignJWT(toPayload(claims))
        .setProtectedHeader({ alg: algorithm, kid, ...header })
        .sign(privateKey),
  }
}

export const signWithSecret = (
  claims: Claims = {},
  { secret = SECRET, ...header }: { secret?: string; [name: string]: unknown } = {},
): Promise<string> =>
  Promise.resolve(signRaw(toPayload(claims), { alg: 'HS256', ...header }, secret))

/** As no library would. */
export const signRaw = (payload: object, header: object, secret: string): string => {
  const text = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

export const hs256: TokenOptions = {
  algorithms: ['HS256'],
  issuer: ISSUER,
  audience: [AUDIENCE],
  verifiedBy: { secret: SECRET },
}

/** Serves the public keys in `keys`, which a test may change. */
export const startIssuer = async (keys: JWK[]) => {
  const requests: string[] = []
  const answer = { status: 200, body: undefined as string | undefined, delayMs: 0 }
  const url = await listenForTest(
    createServer((request, response) => {
      requests.push(request.url ?? '')
      setTimeout(() => {
        response.writeHead(answer.status, { 'content-type': 'application/json' })
        response.end(answer.body ?? JSON.stringify({ keys }))
      }, answer.delayMs)
    }),
  )
  return { jwksUrl: `${url}/keys.json`, keys, requests, answer }
}
