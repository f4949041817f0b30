/** Where this process works, and who it is, as the environment says. */
export function readSettings(environment) {
  return {
    host: environment.HOST ?? '0.0.0.0',
    port: Number(environment.PORT ?? 8080),
    queue: environment.QUEUE ?? '/queue',
    notifyUrl: environment.NOTIFY_URL,
    identity: {
      release: environment.TIDEGATE_RELEASE ?? 'none',
      deployment: environment.TIDEGATE_DEPLOYMENT ?? 'none',
      digest: environment.TIDEGATE_DIGEST ?? 'none',
      environment: environment.TIDEGATE_ENVIRONMENT ?? 'development',
    },
  };
}
