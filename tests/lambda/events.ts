/** Events as AWS hands them over: API Gateway (payload 2.0), the queue, the scheduler. Recorded shapes, our own values. */
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda'

export function httpEvent(method: 'GET' | 'POST', path: string, body: Uint8Array | string | null = null, headers: Readonly<Record<string, string>> = {}): APIGatewayProxyEventV2 {
  const host = 'd111111abcdef8.cloudfront.net'
  return {
    version: '2.0', routeKey: `${method} ${path.startsWith('/ocsp/') ? '/ocsp/{request+}' : path}`, rawPath: path, rawQueryString: '',
    headers: { host: 'abcdefghij.execute-api.ap-northeast-1.amazonaws.com', 'user-agent': 'Amazon CloudFront', via: `2.0 ${host} (CloudFront)`, 'x-amz-cf-id': 'id', 'x-origin-secret': 'secret', 'x-forwarded-proto': 'https', ...headers },
    requestContext: {
      accountId: '222222222222', apiId: 'abcdefghij', domainName: 'abcdefghij.execute-api.ap-northeast-1.amazonaws.com', domainPrefix: 'abcdefghij',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'Amazon CloudFront' }, requestId: 'JKJaXmPLvHcESHA=', routeKey: `${method} ${path}`, stage: '$default', time: '25/Nov/2026:12:00:00 +0000', timeEpoch: 1_795_608_000_000,
    },
    ...(body === null ? {} : { body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }), isBase64Encoded: body !== null && typeof body !== 'string',
  }
}

export const queueEvent = (...messages: readonly unknown[]): SQSEvent => ({
  Records: messages.map((message, i) => ({
    messageId: `00000000-0000-0000-0000-00000000000${i}`, receiptHandle: 'AQEBzbVv', body: typeof message === 'string' ? message : JSON.stringify(message),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1795608000000', SenderId: 'AROA:door', ApproximateFirstReceiveTimestamp: '1795608000001' },
    messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:ap-northeast-1:222222222222:mynagate-pr-7-bell', awsRegion: 'ap-northeast-1',
  })),
})

export const scheduleEvent = { 'detail-type': 'Scheduled Event' }
