// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./.sst/platform/config.d.ts" />
/**
 * The site's entrance. Two apps from one file: the stage `keys` is an app of its own, deployed by key administrators and
 * holding nothing but the keys of production; every other stage is the gateway. What a stage is comes from its name and
 * from the variables of its deployment environment (stacks/site.ts).
 */
export default $config({
  app(input) {
    const lasting = input.stage === 'production' || input.stage === 'keys'
    const account = process.env['AWS_ACCOUNT_ID']
    // SST would deploy to whatever account the shell is logged in to.
    if (account === undefined || !/^\d{12}$/.test(account)) throw new Error('AWS_ACCOUNT_ID must name the account of this stage')
    return {
      name: input.stage === 'keys' ? 'mynagate-keys' : 'mynagate',
      home: 'aws',
      protect: lasting,
      removal: input.stage === 'keys' ? 'retain-all' : lasting ? 'retain' : 'remove',
      providers: {
        aws: { version: '7.20.0', region: 'ap-northeast-1', allowedAccountIds: [account], defaultTags: { tags: { 'mynagate:stage': input.stage } } },
        neon: '0.13.0',
        random: '4.18.3',
      },
    }
  },
  async run() {
    const { siteOf } = await import('./stacks/site.ts')
    const site = siteOf($app.stage, process.env)
    const { keysOfProduction, keysOfPreview, keysByPin } = await import('./stacks/keys.ts')
    if (site.kind === 'keys') return keysOfProduction(site)

    const keys = site.kind === 'production' ? keysByPin(site) : keysOfPreview(site)
    const { database } = await import('./stacks/database.ts')
    const { bell, authority } = await import('./stacks/authority.ts')
    const { lists, checkpoints } = await import('./stacks/buckets.ts')
    const { statusEdge, gatewayEdge, originSecret } = await import('./stacks/edge.ts')
    const { counterApi, gateway, pairwiseSecret, status } = await import('./stacks/gateway.ts')
    const { loginOf, sandbox } = await import('./stacks/sandbox.ts')
    const { watch } = await import('./stacks/watch.ts')

    const archive = database(site)
    const queue = bell(site)
    const bucket = lists(site)
    const origin = originSecret()
    const responder = status(site, { archive, keys, bucket, origin })
    const edge = statusEdge(site, { bucket, responder, origin })
    const api = counterApi(site, origin)
    const front = gatewayEdge(site, { api, origin })
    const { publicKey, ...login } = loginOf(site, front.url)
    const pairwise = pairwiseSecret(site)
    const counter = gateway(site, { archive, keys, queue, api, pairwise, login, ocspUrl: edge.ocspUrl, gatewayUrl: front.url })
    const played = publicKey === null ? null : sandbox(site, { archive, keys, queue, api, pairwise, pagesPublicKey: publicKey, ocspUrl: edge.ocspUrl, gatewayUrl: front.url })
    const back = authority(site, { archive, keys, queue, bucket, log: checkpoints(site), ocspUrl: edge.ocspUrl, gatewayUrl: front.url })
    watch(site, { queue, bucket, counter, responder, back })
    return { gateway: front.url, status: edge.url, ocsp: edge.ocspUrl, migrations: archive.ownerSecret.name, ...(played === null ? {} : { sandbox: played.bucket }) }
  },
})
