/** Connections that are opened and kept. */
import type { Attack } from '../attack.ts'
import { type Field, keyOf } from '../field.ts'

const CONNECTIONS = 300

const openMany = async (field: Field, head: string) => {
  const clients = []
  for (let at = 0; at < CONNECTIONS && !field.signal.aborted; at++) {
    const client = await field.open()
    client?.write(head)
    if (client) clients.push(client)
  }
  return clients
}

export const slowHeads: Attack = {
  name: 'slow-heads',
  does: 'sends 300 request heads a few bytes at a time',
  seconds: 3,
  async run(field) {
    const clients = await openMany(
      field,
      'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n',
    )
    while (!field.signal.aborted) {
      for (const client of clients) client.write('x-slow: 1\r\n')
      await field.pause(200)
    }
  },
}

export const manyConnections: Attack = {
  name: 'many-connections',
  does: 'keeps 300 connections open, and asks over each again and again',
  seconds: 3,
  async run(field) {
    const head = `GET /v1/models/none HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${keyOf()}\r\n\r\n`
    const clients = await openMany(field, head)
    while (!field.signal.aborted) {
      for (const client of clients) client.write(head)
      await field.pause(1_000)
    }
  },
}

export const halfHeads: Attack = {
  name: 'half-heads',
  does: 'has sent half of a request head on 50 connections when SIGTERM comes',
  seconds: 1,
  untilExit: true,
  async run(field) {
    for (let at = 0; at < 50; at++)
      (await field.open())?.write('POST /v1/chat/completions HTTP/1.1\r\nhost: loc')
    await field.wait()
  },
}
