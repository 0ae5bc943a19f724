/** A real nginx in a folder of its own, in front of several servers, as a page of the documentation sets it up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { blocksOf } from '../docs/blocks.ts'
import { freePort } from './free-port.ts'

export interface Nginx {
  readonly url: string
  /** The ports that answered requests to this path which have ended. */
  portsOf(path: string): readonly number[]
}

/** Ended after the test. @param ports of the servers. @returns its address. */
export const startNginx = async (ports: readonly [number, number]): Promise<string> =>
  (await openNginx('docs/operating.md', ports)).url

/** Ended after the test. @param page that has its configuration. @param ports of the servers. */
export const openNginx = async (page: string, ports: readonly [number, number]): Promise<Nginx> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, toConfig(folder, toSetup(page, port, ports)))
  const child = spawn('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', file], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    // With SIGKILL its own workers would stay.
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  await untilOpen(port)
  return {
    url: `http://127.0.0.1:${port}`,
    portsOf: (path) =>
      readFileSync(join(folder, 'access.log'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${path} `))
        .map((line) => Number(line.split(':').at(-1))),
  }
}

const toSetup = (page: string, port: number, [one, other]: readonly [number, number]): string => {
  const setup = blocksOf(page).find(({ language }) => language === 'nginx')
  return (setup?.text ?? '')
    .replace('10.0.0.1:3000', `127.0.0.1:${one}`)
    .replace('10.0.0.2:3000', `127.0.0.1:${other}`)
    .replace('listen 80', `listen 127.0.0.1:${port}`)
}

const toConfig = (folder: string, setup: string): string => `
daemon off; worker_processes 1;
pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  log_format answered '$uri $upstream_addr';
  access_log ${folder}/access.log answered;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${setup}
}
`

const untilOpen = async (port: number): Promise<void> => {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => void setTimeout(resolve, 50))
  }
}
