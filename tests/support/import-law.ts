/** Who may import what: dependencies point one way, from client and workers to domain. The first row that fits a file is its law. */
import type { ImportGraph } from './imports.ts';

interface Law {
  readonly files: RegExp;
  /** Allowed in any form. */
  readonly may: readonly RegExp[];
  /** Allowed as `import type` only. */
  readonly mayTypes?: readonly RegExp[];
}

const node = /^node:/;
const domain = /^domain\//;
const plainDomain = /^domain\/(?!.*\.schema\.ts$)/;
const support = /^activities\/support\//;
const ports = /^activities\/[a-z-]+\/port\.ts$/;
/** Requests and results as workflows see them: types only. */
const contracts = /^activities\/[a-z-]+\/contract\.ts$/;
const insideActivities = /^@temporalio\/(activity|common)$/;

/** One vendor's SDK per adapter. */
const vendors: Readonly<Record<string, RegExp>> = {
  'activities/git/simple-git': /^simple-git$/,
  'activities/code-host/github': /^(@octokit\/[a-z-]+|octokit)$/,
  'activities/agent/anthropic': /^@anthropic-ai\/sdk/,
  'activities/agent/acp': /^@agentclientprotocol\/sdk/,
};

const client = [
  /^client\//,
  domain,
  /^workflows\/messages\.ts$/,
  /^temporal\/(?!worker-connection)/,
  /^config\//,
  support,
  /^@temporalio\/(client|common)$/,
  /^(commander|picocolors|yaml)$/,
  node,
];
const clientTypes = [/^workflows\//, /^activities\//];
/** For what hears webhooks, and nobody else. */
const webServer = /^(hono(\/.*)?|@hono\/node-server|@octokit\/webhooks-methods)$/;

export function lawFor(file: string): Law | undefined {
  const [, room = '', adapter = ''] = /^activities\/([a-z-]+)\/(?:([a-z-]+)\/)?/.exec(file) ?? [];
  const own = new RegExp(`^activities/${room}/`);
  const ownRoomOnly = new RegExp(`^activities/${room}/[^/]+$`);
  const vendor = vendors[`activities/${room}/${adapter}`];
  const laws: readonly Law[] = [
    { files: /^domain\/.*\.schema\.ts$/, may: [domain, /^(zod|yaml)$/] },
    { files: domain, may: [plainDomain], mayTypes: [domain] },
    {
      files: /^workflows\//,
      may: [/^workflows\//, plainDomain, /^@temporalio\/(workflow|common)$/],
      mayTypes: [domain, contracts],
    },
    { files: contracts, may: [], mayTypes: [domain, contracts] },
    { files: ports, may: [plainDomain], mayTypes: [domain, ports, contracts] },
    { files: support, may: [support, plainDomain, insideActivities, node] },
    { files: /^activities\/.*\.schema\.ts$/, may: [own, domain, /^(zod|yaml)$/] },
    // Adapters: their own folder and room, one vendor.
    {
      files: /^activities\/[a-z-]+\/[a-z-]+\//,
      may: [
        new RegExp(`^activities/${room}/${adapter}/`),
        ownRoomOnly,
        domain,
        support,
        node,
        ...(vendor === undefined ? [] : [vendor]),
      ],
      mayTypes: [ports, contracts, insideActivities],
    },
    // activities.ts and what it is made of: never an adapter, which workers/ hand in.
    {
      files: /^activities\//,
      may: [ownRoomOnly, domain, support, insideActivities, node],
      mayTypes: [ports, contracts],
    },
    { files: /^config\//, may: [/^config\//, domain, support, /^(zod|@temporalio\/envconfig)$/, node] },
    {
      files: /^temporal\//,
      may: [/^temporal\//, /^config\//, domain, support, /^@temporalio\/(client|worker|common)$/, node],
      mayTypes: [/^@temporalio\//],
    },
    { files: /^client\/.*\.schema\.ts$/, may: [/^client\//, domain, /^(zod|yaml)$/] },
    { files: /^client\/webhooks\//, may: [...client, webServer], mayTypes: clientTypes },
    { files: /^client\//, may: client, mayTypes: clientTypes },
    { files: /^workers\//, may: [/^(?!tests\/|client\/|bench\/)/] },
  ];
  return laws.find(({ files }) => files.test(file));
}

/** One line per import that the law forbids, and per file that no law covers. */
export function breaches(graph: ImportGraph): readonly string[] {
  return [...graph].flatMap(([file, imports]) => {
    const law = lawFor(file);
    if (law === undefined) return [`${file}: no law covers it`];
    return imports.flatMap(({ to, typeOnly }) => {
      const fits = (patterns: readonly RegExp[] | undefined): boolean =>
        patterns?.some((pattern) => pattern.test(to)) ?? false;
      if (fits(law.may) || (typeOnly && fits(law.mayTypes))) return [];
      return [`${file} imports ${to}${fits(law.mayTypes) ? ' (only `import type` may)' : ''}`];
    });
  });
}
