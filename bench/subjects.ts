/** Who is measured: one row per gateway. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { litellm } from './litellm.ts'
import {
  bearer,
  CHAT_MODEL,
  GEMINI_MODEL,
  KEY,
  MESSAGES_MODEL,
  type Place,
  type Subject,
  xApiKey,
  xGoogApiKey,
} from './subject.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
/** A published gateway, installed in a throw-away folder that later runs find again. */
const published = (name: string, version: string, overrides: Record<string, string> = {}) => {
  const folder = join(tmpdir(), 'sluice-bench', `${name.replaceAll('/', '-')}-${version}`)
  return {
    version: () => version,
    install() {
      if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return
      mkdirSync(folder, { recursive: true })
      const manifest = { private: true, dependencies: { [name]: version }, overrides }
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
      execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: 180_000,
      })
    },
    file: (path: string) => join(folder, 'node_modules', name, path),
  }
}

const NGINX_CONFIG = ({ folder, port, upstreamPort }: Place) => `
daemon off; worker_processes 1; worker_rlimit_nofile 16384;
pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 8192; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  client_max_body_size 32m; client_body_buffer_size 256k; keepalive_requests 1000000;
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 1024; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 600s;
    }
  }
}
`

const direct: Subject = {
  name: 'direct',
  version: () => '',
  lanes: { chat: { model: CHAT_MODEL, headers: bearer } },
}

const nginx: Subject = {
  name: 'nginx',
  version: () =>
    execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }).split('/')[1]!.trim(),
  launch(place) {
    const config = join(place.folder, 'nginx.conf')
    writeFileSync(config, NGINX_CONFIG(place))
    const errorLog = join(place.folder, 'error.log')
    return { command: ['nginx', '-p', place.folder, '-e', errorLog, '-c', config], env: {} }
  },
  lanes: { chat: { model: CHAT_MODEL, headers: bearer } },
  cannot: 'it translates nothing, and what it relays costs the same on every lane.',
}

const sluice: Subject = {
  name: 'Sluice',
  version: () =>
    (JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string })
      .version,
  install() {
    const main = join(project, 'dist', 'main.js')
    if (!existsSync(main)) throw new Error(`${main} is not there: build first (npm run build)`)
  },
  launch: ({ folder, port, upstreamPort }) => ({
    // As `npm start` runs it.
    command: [process.execPath, '--max-semi-space-size=4', join(project, 'bin', 'sluice.js')],
    env: {
      PORT: String(port),
      SLUICE_DATA: folder,
      LOG_LEVEL: 'info',
      SLUICE_API_KEYS: KEY,
      // So that somebody may read the metrics, and they are counted.
      SLUICE_ADMIN_KEY: 'sk-admin-of-the-bench',
      OPENAI_API_KEY: 'sk-upstream-openai',
      OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
      ANTHROPIC_API_KEY: 'sk-upstream-anthropic',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
      GEMINI_API_KEY: 'sk-upstream-gemini',
      GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
      // One of those that speak chat alone.
      TOGETHER_API_KEY: 'sk-upstream-together',
      TOGETHER_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
    },
  }),
  lanes: {
    chat: { model: `openai/${CHAT_MODEL}`, headers: bearer },
    messages: { model: `anthropic/${MESSAGES_MODEL}`, headers: xApiKey },
    'messages to chat': { model: `openai/${CHAT_MODEL}`, headers: xApiKey },
    'chat to messages': { model: `anthropic/${MESSAGES_MODEL}`, headers: bearer },
    responses: { model: `openai/${CHAT_MODEL}`, headers: bearer },
    'responses to messages': { model: `anthropic/${MESSAGES_MODEL}`, headers: bearer },
    'responses to chat': { model: `together/${CHAT_MODEL}`, headers: bearer },
    'messages to gemini': { model: `gemini/${GEMINI_MODEL}`, headers: xApiKey },
    'gemini to chat': { model: `openai/${CHAT_MODEL}`, headers: xGoogApiKey },
    'chat over WebSocket': { model: `openai/${CHAT_MODEL}`, headers: bearer },
  },
}

const portkeyPackage = published('@portkey-ai/gateway', '1.15.2', { '@hono/node-server': '1.3.3' })
const toPortkey = (provider: string) => (upstreamPort: number) => ({
  ...bearer(),
  'x-portkey-provider': provider,
  'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
})

const portkey: Subject = {
  ...portkeyPackage,
  name: 'Portkey',
  launch: ({ port }) => ({
    command: [
      process.execPath,
      portkeyPackage.file('build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    env: {},
  }),
  lanes: {
    chat: { model: CHAT_MODEL, headers: toPortkey('openai') },
    'chat to messages': { model: MESSAGES_MODEL, headers: toPortkey('anthropic') },
  },
  cannot: 'set up for clients of chat.',
}

const ccrPackage = published('@musistudio/claude-code-router', '2.0.0')
const toCcrConfig = ({ port, upstreamPort }: Place) => ({
  APIKEY: KEY,
  HOST: '127.0.0.1',
  PORT: port,
  LOG: true,
  LOG_LEVEL: 'info',
  NON_INTERACTIVE_MODE: true,
  Providers: [
    {
      name: 'openai',
      api_base_url: `http://127.0.0.1:${upstreamPort}/v1/chat/completions`,
      api_key: 'sk-upstream-openai',
      models: [CHAT_MODEL],
    },
  ],
  Router: { default: `openai,${CHAT_MODEL}` },
})

const ccr: Subject = {
  ...ccrPackage,
  name: 'claude-code-router',
  launch(place) {
    const folder = join(place.folder, '.claude-code-router')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'config.json'), JSON.stringify(toCcrConfig(place)))
    return { command: [process.execPath, ccrPackage.file('dist/cli.js'), 'start'], env: {} }
  },
  lanes: { 'messages to chat': { model: `openai,${CHAT_MODEL}`, headers: xApiKey } },
  cannot: 'it is made for clients of Messages, in front of upstreams of chat.',
}

export const subjects: Subject[] = [direct, nginx, sluice, portkey, ccr, litellm]
