import { readFileSync } from 'node:fs';

/** The complete examples of docs/configuration.md: what is documented is what is tested. */
export function documentedExample(heading: 'tidegate.yaml' | 'pipeline.yaml'): string {
  const manual = readFileSync('docs/configuration.md', 'utf8');
  const [, section = ''] = manual.split(`\n## ${heading}\n`);
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(section) ?? [];
  if (example === undefined) throw new Error(`docs/configuration.md has no example of ${heading}`);
  return example;
}

export const REGISTRIES = [{ name: 'main', address: '10.0.0.1:5000' }];

export const ROUTER = `10.0.0.1:5000/tidegate/router@sha256:${'4'.repeat(64)}`;

/** The smallest tidegate.yaml that can be used. */
export const SMALL_INSTALLATION = `version: 1
installation: demo
registries: [{ name: main, address: '10.0.0.1:5000' }]
router: { image: '${ROUTER}' }
hosts:
  - { name: one, docker: 'unix:///var/run/docker.sock' }
applications:
  - { name: shop, source: { git: ../shop } }
environments:
  - { name: production, hosts: [one] }
`;

/** The smallest pipeline.yaml that can be used. */
export const SMALL_PIPELINE = `version: 1
application: shop
components:
  web:
    repository: shop/web
stages:
  - { name: production, kind: deploy, environment: production }
`;
