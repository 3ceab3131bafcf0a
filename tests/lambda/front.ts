/**
 * API Gateway in front of the doors of one synthesised API: the routes that the stack made, each to the function that its
 * integration names. As there: an exact path before a greedy one, a method before ANY, `$default` for the rest.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { readBody, toEvent, writeResult } from '../../local/http/adapter.ts'
import { ofType } from '../infra/rules/view.ts'
import type { Synthesis } from '../infra/synth/run.ts'

interface Route { readonly method: string; readonly path: string; readonly greedy: boolean; readonly door: string }
export interface Front { readonly url: string; close(): Promise<void> }

/** Routes whose function is of the stage, by the door's name. */
export function routesOf(site: Synthesis, api: string): Route[] {
  const integrations = new Map(ofType(site, 'aws:apigatewayv2/integration:Integration').map((r) => [`integrations/${r.name}-id`, String(r.inputs['integrationUri'])]))
  return ofType(site, 'aws:apigatewayv2/route:Route').filter((r) => r.name.startsWith(api)).map((r) => {
    const uri = integrations.get(String(r.inputs['target']))
    const door = /function:mynagate-[a-z0-9-]*-([a-z]+):live/.exec(uri ?? '')?.[1]
    if (door === undefined) throw new Error(`${String(r.inputs['routeKey'])} leads to ${uri}`)
    const [, method = 'ANY', path = '/', more] = /^(?:(\w+) (\/.*?)(\{\w+\+\})?|\$default)$/.exec(String(r.inputs['routeKey'])) ?? []
    return { method, path, greedy: more !== undefined || r.inputs['routeKey'] === '$default', door }
  })
}

export const routeFor = (routes: readonly Route[], method: string, path: string): Route | undefined => routes
  .filter((r) => (r.method === 'ANY' || r.method === method) && (r.greedy ? path.startsWith(r.path) && (path.length > r.path.length || r.path === '/') : path === r.path))
  .toSorted((a, b) => Number(a.greedy) - Number(b.greedy) || b.path.length - a.path.length || Number(a.method === 'ANY') - Number(b.method === 'ANY'))[0]

export async function startFront(routes: readonly Route[], invoke: (door: string, event: unknown) => Promise<unknown>): Promise<Front> {
  const server = createServer((request, response) => void (async () => {
    const event = toEvent(request, (await readBody(request)) ?? Buffer.alloc(0), Date.now())
    const route = routeFor(routes, event.requestContext.http.method, event.rawPath)
    if (route === undefined) return response.writeHead(404).end('{"message":"Not Found"}')
    writeResult(response, (await invoke(route.door, event)) as APIGatewayProxyStructuredResultV2)
  })().catch((fault: unknown) => {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: 'Internal Server Error', fault: String(fault).slice(0, 2_000) }))
  }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}
