// Preloaded into a command by NODE_OPTIONS: leaves the names of Node's own modules that it had loaded when it ended.
process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED_FILE, JSON.stringify(process.moduleLoadList)));
