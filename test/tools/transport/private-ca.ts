/** Certificates of an authority that is not trusted yet, generated for each run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Identity {
  readonly key: string
  readonly cert: string
}

export interface PrivateCa {
  readonly ca: string
  readonly caFile: string
  /** For localhost and 127.0.0.1. */
  readonly server: Identity
  /** From the same authority, for another name. */
  readonly stranger: Identity
  /** From the same authority, for localhost, until yesterday. */
  readonly expired: Identity
  remove(): void
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export const createPrivateCa = (): PrivateCa => {
  const folder = mkdtempSync(join(tmpdir(), 'private-ca-'))
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  }
  const issue = (name: string, subjectAltName: string, days = 2): Identity => {
    openssl(
      'req',
      '-new',
      ...EC_KEY,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    )
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subjectAltName}\n`)
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days)]
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signing,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    return {
      key: readFileSync(join(folder, `${name}.key`), 'utf8'),
      cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    }
  }
  openssl(
    'req',
    '-x509',
    ...EC_KEY,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=private',
    '-days',
    '2',
  )
  return {
    ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    caFile: join(folder, 'ca.pem'),
    server: issue('localhost', 'DNS:localhost,IP:127.0.0.1'),
    stranger: issue('stranger', 'DNS:stranger.example'),
    expired: issue('expired', 'DNS:localhost', -1),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
