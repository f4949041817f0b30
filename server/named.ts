/**
 * Gives a plugin the name by which Fastify's errors call it. For a plugin without one Fastify looks through all modules that are loaded, at each
 * registration: https://fastify.dev/docs/latest/Reference/Server/#pluginname
 */
export function named<Plugin extends object>(name: string, plugin: Plugin): Plugin {
  return Object.assign(plugin, { [Symbol.for('fastify.display-name')]: name });
}
