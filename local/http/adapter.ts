/**
 * Between Node's HTTP server and the doors: a request becomes the event that API Gateway (payload 2.0) hands to a
 * Lambda, the Lambda's result becomes the answer. The doors cannot tell the difference.
 */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'

export type HttpDoor = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>

/** Bodies above this are refused with 413, as API Gateway would: it stops at 10 MB, Lambda at 6. */
export const largestBody = 6 * 1024 * 1024

/** Null where the body is too large. */
export async function readBody(request: IncomingMessage, limit = largestBody): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function toEvent(request: IncomingMessage, body: Buffer, now: number): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?')
  const headers: Record<string, string> = {}
  // Joined, as API Gateway does: of two headers Authorization, Node's own `headers` keeps the first and says nothing.
  for (const [name, values] of Object.entries(request.headersDistinct)) if (values !== undefined && name !== 'cookie') headers[name] = values.join(', ')
  const cookies = request.headers.cookie?.split(/;\s*/)
  const query = new URLSearchParams(rawQueryString)
  // API Gateway hands text over as it is and everything else, and text that is none, as base64.
  const asText = isText(headers['content-type']) && isUtf8(body)
  return {
    version: '2.0', routeKey: '$default', rawPath, rawQueryString, headers,
    ...(cookies === undefined ? {} : { cookies }),
    ...(rawQueryString === '' ? {} : { queryStringParameters: Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key).join(',')])) }),
    requestContext: {
      accountId: '000000000000', apiId: 'local', domainName: headers['host'] ?? 'localhost', domainPrefix: 'local', requestId: randomUUID(), routeKey: '$default', stage: '$default',
      time: new Date(now).toUTCString(), timeEpoch: now,
      http: { method: request.method ?? 'GET', path: rawPath, protocol: `HTTP/${request.httpVersion}`, sourceIp: request.socket.remoteAddress ?? '', userAgent: headers['user-agent'] ?? '' },
    },
    ...(body.length === 0 ? {} : { body: body.toString(asText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !asText,
  }
}

const isText = (type: string | undefined): boolean => type !== undefined && /^(text\/|application\/(json|graphql|x-www-form-urlencoded|javascript|xml|[a-z.+-]*\+json))/i.test(type)

export function writeResult(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  response.statusCode = result.statusCode ?? 200
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value))
  if (result.cookies !== undefined && result.cookies.length > 0) response.setHeader('set-cookie', result.cookies)
  const body = result.body === undefined ? undefined : Buffer.from(result.body, result.isBase64Encoded === true ? 'base64' : 'utf8')
  if (body !== undefined) response.setHeader('content-length', body.length)
  response.end(body)
}

/** What a door may ask of its runtime: a deadline and a name for the request. */
export function contextFor(name: string, requestId: string, deadline: number): Context {
  return {
    functionName: name, functionVersion: '$LATEST', invokedFunctionArn: `arn:aws:lambda:ap-northeast-1:000000000000:function:${name}`, memoryLimitInMB: '1024', awsRequestId: requestId,
    logGroupName: `/aws/lambda/${name}`, logStreamName: 'local', callbackWaitsForEmptyEventLoop: false, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined, fail: () => undefined, succeed: () => undefined,
  }
}

function splitOnce(text: string, at: string): [string, string] {
  const i = text.indexOf(at)
  return i < 0 ? [text, ''] : [text.slice(0, i), text.slice(i + 1)]
}
